package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Halves;
import dev.squall.tornado.kernel.Kernel;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a launch back until the next one comes, if its kernel can round what it writes: mixed precision asks for that right after, since only then is it known that an
 * image is complete. So images need no launch of their own to be rounded, and launches keep their order.
 */
final class HeldLaunch {
    private final Consumer<Launch> next;
    private @Nullable Launch held;

    /** An empty one, which hands launches on to {@code next}. */
    HeldLaunch(Consumer<Launch> next) {
        this.next = next;
    }

    void add(Launch launch) {
        release();
        if (launch.kernel().rounded() == null) {
            next.accept(launch);
        } else {
            held = launch;
        }
    }

    /** Hands on what is held. */
    void release() {
        Launch launch = held;
        held = null;
        if (launch != null) {
            next.accept(launch);
        }
    }

    /** Whether what is held writes the image that begins at a float of an arena; then it does so in FP16. */
    boolean round(int arena, int firstFloat) {
        Launch launch = held;
        Kernel.Rounded image = launch == null ? null : launch.kernel().rounded();
        if (launch == null || image == null || !image.is(arena, firstFloat, launch.places(), launch.sizes())) {
            return false;
        }
        int[] sizes = Arrays.copyOf(launch.sizes(), Device.SIZES);
        sizes[Halves.ASKED] = 1;
        held = new Launch(
                launch.kernel(), launch.places(), launch.x(), launch.y(), sizes, launch.settings(), launch.table());
        return true;
    }
}
