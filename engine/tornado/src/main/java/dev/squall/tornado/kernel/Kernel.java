package dev.squall.tornado.kernel;

import java.util.Set;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * A kernel and how to launch it.
 *
 * @param name its method's name, unique
 * @param purpose what it computes, in one line
 * @param source the class that declares the method
 * @param localX work-items of a work-group in x; the grid is rounded up to a multiple, so the method checks its index
 * @param localY the same in y
 * @param extras what it takes beside the arena and the sizes
 * @param binding adds the method to a task graph
 */
public record Kernel(
        String name, String purpose, Class<?> source, int localX, int localY, Set<Extra> extras, Binding binding) {

    /** What a kernel may take beside the arena and the sizes; each costs a transfer at every launch. */
    public enum Extra {
        /** Floats: learning rates, slopes. */
        SETTINGS,
        /** A long table of ints: the parameters that an optimizer updates. */
        TABLE,
        /** Values that come from the host. */
        FROM_HOST,
        /** Values that go to the host. */
        TO_HOST
    }

    /**
     * What a binding can pass to a kernel.
     *
     * @param memory the arena
     * @param sizes shapes and offsets
     * @param settings for {@link Extra#SETTINGS}
     * @param table for {@link Extra#TABLE}
     * @param staging for {@link Extra#FROM_HOST} and {@link Extra#TO_HOST}
     */
    public record Arguments(
            KernelContext context,
            VectorFloat8 memory,
            IntArray sizes,
            FloatArray settings,
            IntArray table,
            VectorFloat8 staging) {}

    /** For example {@code (graph, a) -> graph.task("run", MyKernels::scale, a.context(), a.memory(), a.sizes(), a.settings())}. */
    @FunctionalInterface
    public interface Binding {
        TaskGraph bind(TaskGraph graph, Arguments arguments);
    }

    /** The name that a binding gives its task. */
    public static final String TASK = "run";

    /** A kernel over a line of work-items, in groups of 256. */
    public static Kernel line(String name, String purpose, Class<?> source, Binding binding, Extra... extras) {
        return new Kernel(name, purpose, source, 256, 1, Set.of(extras), binding);
    }

    /** A kernel over a plane of work-items, in groups of {@code localX} by {@code localY}. */
    public static Kernel plane(
            String name, String purpose, Class<?> source, int localX, int localY, Binding binding, Extra... extras) {
        return new Kernel(name, purpose, source, localX, localY, Set.of(extras), binding);
    }

    public boolean takes(Extra extra) {
        return extras.contains(extra);
    }
}
