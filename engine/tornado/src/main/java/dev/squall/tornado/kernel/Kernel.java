package dev.squall.tornado.kernel;

import java.util.Set;
import java.util.function.IntFunction;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * A kernel and how to launch it.
 *
 * @param name its method's name, unique
 * @param purpose what it computes, in one line
 * @param source the class that declares the method
 * @param localX work-items of a work-group in x; the grid is rounded up to a multiple, so the method checks its index
 * @param localY the same in y
 * @param target the devices that it is for
 * @param images operands that are images, where networks use it: in mixed precision they lie in memory as halves
 * @param extras what it takes beside the arena and the sizes
 * @param binding adds the method to a task graph
 */
public record Kernel(
        String name,
        String purpose,
        Class<?> source,
        int localX,
        int localY,
        Target target,
        Set<Integer> images,
        Set<Extra> extras,
        Binding binding) {

    /** The devices that a kernel is for, where there are two of one purpose. */
    public enum Target {
        /** All. */
        ANY,
        /** Those made of processor cores: it keeps tiles in vector registers, and trusts the caches. */
        PROCESSORS,
        /** GPUs: it keeps tiles in local memory. */
        GPUS,
        /** GPUs with tensor cores that TornadoVM reaches, where products may round their operands to FP16. */
        TENSOR_CORES
    }

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
     * <p>Where a device has several arenas, parameters and scratch memory lie in the first and activations in any. A kernel so takes an array for each tensor
     * that may be an activation: an operand, counted from 0. Which arena each of them is a launch says; with a single arena all are this one.
     *
     * @param memory the first arena
     * @param operands the array of each operand
     * @param halves the same of those that are images in mixed precision
     * @param sizes shapes and offsets
     * @param settings for {@link Extra#SETTINGS}
     * @param table for {@link Extra#TABLE}
     * @param staging for {@link Extra#FROM_HOST} and {@link Extra#TO_HOST}
     */
    public record Arguments(
            KernelContext context,
            VectorFloat8 memory,
            IntFunction<VectorFloat8> operands,
            IntFunction<TornadoNativeArray> halves,
            IntArray sizes,
            FloatArray settings,
            IntArray table,
            VectorFloat8 staging) {

        /** The same with other arrays for the first arena and the operands. */
        public Arguments with(
                VectorFloat8 otherMemory,
                IntFunction<VectorFloat8> otherOperands,
                IntFunction<TornadoNativeArray> otherHalves) {
            return new Arguments(context, otherMemory, otherOperands, otherHalves, sizes, settings, table, staging);
        }

        /** The array of an operand. */
        public VectorFloat8 operand(int index) {
            return operands.apply(index);
        }

        /** The same as kernels without vectors take it: what {@code ScalarKernels} makes of a binding calls this and the next two. */
        public FloatArray operandFloats(int index) {
            return operand(index).getArray();
        }

        /** The same of an image whose kernel knows halves: what {@code HalfImages} makes of a binding calls this or the next. */
        public HalfFloatArray operandHalves(int index) {
            return (HalfFloatArray) halves.apply(index);
        }

        /** The same where kernels know 16-bit integers only. */
        public ShortArray operandBits(int index) {
            return (ShortArray) halves.apply(index);
        }

        /** The same of {@link #memory}. */
        public FloatArray memoryFloats() {
            return memory.getArray();
        }

        /** The same of {@link #staging}. */
        public FloatArray stagingFloats() {
            return staging.getArray();
        }
    }

    /** For example {@code (graph, a) -> graph.task("run", MyKernels::scale, a.context(), a.memory(), a.sizes(), a.settings())}. */
    @FunctionalInterface
    public interface Binding {
        TaskGraph bind(TaskGraph graph, Arguments arguments);
    }

    /** The name that a binding gives its task. */
    public static final String TASK = "run";

    /** A kernel over a line of work-items, in groups of 256. */
    public static Kernel line(String name, String purpose, Class<?> source, Binding binding, Extra... extras) {
        return new Kernel(name, purpose, source, 256, 1, Target.ANY, Set.of(), Set.of(extras), binding);
    }

    /** A kernel over a plane of work-items, in groups of {@code localX} by {@code localY}. */
    public static Kernel plane(
            String name, String purpose, Class<?> source, int localX, int localY, Binding binding, Extra... extras) {
        return new Kernel(name, purpose, source, localX, localY, Target.ANY, Set.of(), Set.of(extras), binding);
    }

    /** The same kernel, for some devices only. */
    public Kernel on(Target target) {
        return new Kernel(name, purpose, source, localX, localY, target, images, extras, binding);
    }

    /** The same kernel, which says that these operands are images. */
    public Kernel images(Integer... operands) {
        return new Kernel(name, purpose, source, localX, localY, target, Set.of(operands), extras, binding);
    }

    /** The same kernel under another name. */
    public Kernel named(String other) {
        return new Kernel(other, purpose, source, localX, localY, target, images, extras, binding);
    }

    /**
     * Whether a device may get it.
     *
     * @param gpu whether that is a GPU, or else a processor
     * @param tensorCores whether it shall multiply halves by tensor cores
     */
    public boolean suits(boolean gpu, boolean tensorCores) {
        return switch (target) {
            case ANY -> true;
            case PROCESSORS -> !gpu;
            case GPUS -> gpu;
            case TENSOR_CORES -> gpu && tensorCores;
        };
    }

    /**
     * Whether it is launched by itself where sequences of launches are replayed: kernels that talk to the host, and those whose table is long or whose settings change from step to
     * step, as the learning rate does. So a training step is replayed but for its updates.
     */
    public boolean standsAlone() {
        return takes(Extra.FROM_HOST) || takes(Extra.TO_HOST) || takes(Extra.TABLE);
    }

    public boolean takes(Extra extra) {
        return extras.contains(extra);
    }
}
