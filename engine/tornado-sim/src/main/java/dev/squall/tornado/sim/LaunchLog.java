package dev.squall.tornado.sim;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Which kernels have been launched in this process, so that a test can tell which were not, and each launch as it comes. */
public final class LaunchLog {
    private static final Set<String> KERNELS = ConcurrentHashMap.newKeySet();

    private static volatile @Nullable Consumer<Launched> listener;

    private LaunchLog() {}

    /**
     * A launch.
     *
     * @param kernel the name of its method
     * @param halves whether it was given arrays of halves
     * @param blocks work-groups in x and y
     * @param items work-items of a work-group
     * @param sizes the first array of ints that it was given, as the host knew it
     */
    public record Launched(String kernel, boolean halves, int[] blocks, int items, int[] sizes) {}

    /** Tells {@code listener} of all further launches; nobody if it is null. */
    public static void listen(@Nullable Consumer<Launched> newListener) {
        listener = newListener;
    }

    static void add(KernelTask task, Grid grid) {
        KERNELS.add(task.kernel().name());
        Consumer<Launched> told = listener;
        if (told != null) {
            int[] blocks = {grid.global()[0] / grid.local()[0], grid.global()[1] / grid.local()[1]};
            int items = grid.local()[0] * grid.local()[1];
            boolean halves = Arrays.stream(task.arguments()).anyMatch(HalfFloatArray.class::isInstance);
            told.accept(new Launched(task.kernel().method().getName(), halves, blocks, items, sizes(task)));
        }
    }

    private static int[] sizes(KernelTask task) {
        return Arrays.stream(task.arguments())
                .filter(IntArray.class::isInstance)
                .map(IntArray.class::cast)
                .findFirst()
                .map(IntArray::toHeapArray)
                .orElse(new int[0]);
    }

    /** The methods of all kernels that were launched, as {@code Class.method}. */
    public static Set<String> kernels() {
        return Set.copyOf(KERNELS);
    }
}
