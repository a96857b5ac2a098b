package dev.squall.tornado.device;

import dev.squall.tornado.kernel.ElementwiseKernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Whether a device does in a task graph what it does launch by launch: nobody has seen TornadoVM's graphs on every GPU and driver, and a wrong result would go unnoticed. Two vectors
 * are added to each other in turn, so that they become Fibonacci's numbers if all launches run, once each and in their order.
 */
final class ReplayCheck {
    private static final int ROUNDS = 5;
    private static final int FIRST = 89;
    private static final int SECOND = 144;

    /** The first is captured where a device captures, the others are replayed. */
    private static final int RUNS = 3;

    private ReplayCheck() {}

    /** The launches: vectors 0 and 1 of the main arena are 1 and 1, 2 and 3, 5 and 8, ... */
    static List<Launch> launches() {
        List<Launch> all = new ArrayList<>();
        all.add(Launch.over(MemoryKernels.FILL, ArenaAllocator.MAIN, 0, 2, 1f));
        for (int i = 0; i < ROUNDS; i++) {
            all.add(add(0));
            all.add(add(1));
        }
        return all;
    }

    private static Launch add(int to) {
        int[] places = {ArenaAllocator.MAIN, ArenaAllocator.MAIN, ArenaAllocator.MAIN};
        int[] sizes = {1, 0, 1, to};
        return Launch.of(ElementwiseKernels.AXPBY, places, 1, 1, sizes, new float[] {1f, 1f}, Launch.NO_TABLE);
    }

    /**
     * Whether a graph of {@link #launches} does what they are to do; the vectors, which are zero for everybody else, are so again.
     *
     * @param runner runs one launch
     * @param reader reads so many of the main arena's first vectors
     */
    static boolean passes(ReplayGraph graph, Consumer<Launch> runner, IntFunction<float[]> reader) {
        Launch clear = Launch.over(MemoryKernels.FILL, ArenaAllocator.MAIN, 0, 2, 0f);
        boolean passes = true;
        try {
            for (int i = 0; i < RUNS; i++) {
                graph.run();
                float[] numbers = reader.apply(2);
                passes &= numbers[0] == FIRST && numbers[ArenaAllocator.LANES] == SECOND;
                runner.accept(clear);
            }
        } finally {
            runner.accept(clear);
        }
        return passes;
    }
}
