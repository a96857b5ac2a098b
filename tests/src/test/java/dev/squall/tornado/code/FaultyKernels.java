package dev.squall.tornado.code;

import dev.squall.tornado.kernel.Kernel;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels with the faults that {@link Oclgrind} is there to find. Their only size is where in the memory they may write, in floats. */
final class FaultyKernels {
    /** Few, since each of them is reported. */
    private static final int ITEMS = 8;

    static final Kernel WITHOUT_BARRIER = kernel(
            "withoutBarrier",
            (graph, a) ->
                    graph.task(Kernel.TASK, FaultyKernels::withoutBarrier, a.context(), a.memoryFloats(), a.sizes()));

    static final Kernel ONE_PLACE = kernel(
            "onePlace",
            (graph, a) -> graph.task(Kernel.TASK, FaultyKernels::onePlace, a.context(), a.memoryFloats(), a.sizes()));

    static final Kernel BEYOND_THE_END = kernel(
            "beyondTheEnd",
            (graph, a) ->
                    graph.task(Kernel.TASK, FaultyKernels::beyondTheEnd, a.context(), a.memoryFloats(), a.sizes()));

    static final List<Kernel> ALL = List.of(WITHOUT_BARRIER, ONE_PLACE, BEYOND_THE_END);

    private FaultyKernels() {}

    private static Kernel kernel(String name, Kernel.Binding binding) {
        return Kernel.plane(name, "is faulty", FaultyKernels.class, ITEMS, 1, binding);
    }

    /** Reads what another work-item of the group may not have written yet. */
    public static void withoutBarrier(KernelContext context, FloatArray memory, IntArray sizes) {
        float[] local = context.allocateFloatLocalArray(ITEMS);
        int i = context.localIdx;
        local[i] = i;
        memory.set(sizes.get(0) + context.globalIdx, local[ITEMS - 1 - i]);
    }

    /** All work-items write one float, each another value. */
    public static void onePlace(KernelContext context, FloatArray memory, IntArray sizes) {
        memory.set(sizes.get(0), context.globalIdx);
    }

    /** Writes to memory that is not there. */
    public static void beyondTheEnd(KernelContext context, FloatArray memory, IntArray sizes) {
        memory.set(memory.getSize() + sizes.get(0) + context.globalIdx, 1f);
    }
}
