package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.Storage;

/** Looks at the padding of the JVM backend's blocked images, which must stay zero. */
public final class JvmPadding {
    private JvmPadding() {}

    /** How many values of the halo and the padding channels of {@code tensor} are not zero; 0 for one without. */
    public static int nonZeros(Storage tensor) {
        JvmStorage storage = JvmStorage.of(tensor);
        if (!storage.isBlocked()) {
            return 0;
        }
        BlockedLayout layout = storage.layout();
        int count = 0;
        int halo = layout.halo();
        for (int p = 0; p < layout.planes(); p++) {
            for (int y = -halo; y < layout.height() + halo; y++) {
                for (int x = -halo; x < layout.width() + halo; x++) {
                    boolean pixel = y >= 0 && y < layout.height() && x >= 0 && x < layout.width();
                    long at = storage.address() + layout.offset(p / layout.blocks(), p % layout.blocks(), y, x);
                    for (int lane = 0; lane < BlockedLayout.BLOCK; lane++) {
                        boolean inside = pixel && layout.exists(p % layout.blocks(), lane);
                        if (!inside && Lanes.get(at + (long) lane * Float.BYTES) != 0) {
                            count++;
                        }
                    }
                }
            }
        }
        return count;
    }
}
