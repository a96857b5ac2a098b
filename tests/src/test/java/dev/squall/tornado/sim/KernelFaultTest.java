package dev.squall.tornado.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * One faulty kernel for each thing the simulator looks for, run with 16 work-items in groups of 8 on 128 floats. The line
 * that the fault must name ends in a comment with the word fault.
 */
@Tag("sim")
class KernelFaultTest {

    private static final Path SOURCE = Path.of("src/test/java/dev/squall/tornado/sim/KernelFaultTest.java");

    static void pastTheEnd(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx + 120, 1); // fault
    }

    static void vectorPastTheEnd(KernelContext context, VectorFloat8 memory, IntArray params) {
        Float8 value = memory.get(context.globalIdx + 8); // fault
        memory.set(context.globalIdx, value);
    }

    static void wrappedIndex(KernelContext context, VectorFloat8 memory, IntArray params) {
        int plane = 50_000 * context.globalIdx;
        memory.getArray().set(plane * 50_000, 1); // fault
    }

    static void everyItemWritesTheSameElement(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx / 5, 1); // fault
    }

    static void readsWhatANeighbourWrote(KernelContext context, VectorFloat8 memory, IntArray params) {
        FloatArray floats = memory.getArray();
        float left = context.globalIdx == 0 ? 0 : floats.get(context.globalIdx - 1); // fault
        floats.set(context.globalIdx, left + 1);
    }

    static void writesWhatANeighbourHasRead(KernelContext context, VectorFloat8 memory, IntArray params) {
        Float8 right = memory.get((context.globalIdx + 1) % 16);
        memory.set(context.globalIdx, right); // fault
    }

    static void barrierInABranch(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (context.localIdx < 4) {
            context.localBarrier(); // fault
        }
        memory.set(context.globalIdx, memory.get(context.globalIdx));
    }

    static void barrierInTheOtherBranch(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (context.localIdx >= 4) {
            context.localBarrier(); // fault
        }
        memory.set(context.globalIdx, memory.get(context.globalIdx));
    }

    static void twoDifferentBarriers(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (context.localIdx < 4) {
            context.localBarrier(); // fault
        } else {
            context.localBarrier();
        }
        memory.set(context.globalIdx, memory.get(context.globalIdx));
    }

    static void readsUnwrittenLocalMemory(KernelContext context, VectorFloat8 memory, IntArray params) {
        float[] tile = context.allocateFloatLocalArray(8);
        if (context.localIdx != 5) {
            tile[context.localIdx] = 1;
        }
        context.localBarrier();
        memory.getArray().set(context.globalIdx, tile[7 - context.localIdx]); // fault
    }

    static void forgetsTheBarrier(KernelContext context, VectorFloat8 memory, IntArray params) {
        int[] tile = context.allocateIntLocalArray(8);
        tile[context.localIdx] = 1;
        context.localBarrier();
        tile[context.localIdx] = 2;
        memory.getArray().set(context.globalIdx, tile[(context.localIdx + 7) % 8]); // fault
    }

    static void overwritesWhatANeighbourHasRead(KernelContext context, VectorFloat8 memory, IntArray params) {
        float[] tile = context.allocateFloatLocalArray(8);
        tile[context.localIdx] = 1;
        context.localBarrier();
        float right = tile[(context.localIdx + 1) % 8];
        tile[context.localIdx] = right; // fault
        memory.getArray().set(context.globalIdx, right);
    }

    static void pastTheEndOfLocalMemory(KernelContext context, VectorFloat8 memory, IntArray params) {
        float[] tile = context.allocateFloatLocalArray(7);
        tile[context.localIdx] = 1; // fault
        memory.getArray().set(context.globalIdx, tile[context.localIdx]);
    }

    static void dividesByZero(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, 6 / (context.globalIdx - 3)); // fault
    }

    static void inAHelper(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.set(context.globalIdx, load(memory, context.globalIdx));
    }

    private static Float8 load(VectorFloat8 memory, int index) {
        return memory.get(index - 1); // fault
    }

    static void tooMuchLocalMemory(KernelContext context, VectorFloat8 memory, IntArray params) {
        float[] tile = context.allocateFloatLocalArray(10_000); // fault
        memory.getArray().set(context.globalIdx, tile.length);
    }

    static void correct(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, 1);
    }

    private record Case(
            Kind kind, String kernel, int workItem, Task3<KernelContext, VectorFloat8, IntArray> body, String message) {
        @Override
        public String toString() {
            return kernel;
        }
    }

    static Stream<Case> faults() {
        return Stream.of(
                new Case(
                        Kind.OUT_OF_BOUNDS,
                        "pastTheEnd",
                        8,
                        KernelFaultTest::pastTheEnd,
                        "index 128 of an array of 128"),
                new Case(
                        Kind.OUT_OF_BOUNDS,
                        "vectorPastTheEnd",
                        8,
                        KernelFaultTest::vectorPastTheEnd,
                        "index 16 of an array of 16"),
                new Case(Kind.INDEX_OVERFLOW, "wrappedIndex", 1, KernelFaultTest::wrappedIndex, "-1794967296"),
                new Case(
                        Kind.GLOBAL_RACE,
                        "everyItemWritesTheSameElement",
                        1,
                        KernelFaultTest::everyItemWritesTheSameElement,
                        "writes element 0, which work-item #0 wrote"),
                new Case(
                        Kind.GLOBAL_RACE,
                        "readsWhatANeighbourWrote",
                        1,
                        KernelFaultTest::readsWhatANeighbourWrote,
                        "reads element 0, which work-item #0 wrote"),
                new Case(
                        Kind.GLOBAL_RACE,
                        "writesWhatANeighbourHasRead",
                        1,
                        KernelFaultTest::writesWhatANeighbourHasRead,
                        "writes element 8, which work-item #0 read"),
                new Case(
                        Kind.BARRIER_DIVERGENCE,
                        "barrierInABranch",
                        0,
                        KernelFaultTest::barrierInABranch,
                        "work-item 4 of its group has returned"),
                new Case(
                        Kind.BARRIER_DIVERGENCE,
                        "barrierInTheOtherBranch",
                        4,
                        KernelFaultTest::barrierInTheOtherBranch,
                        "work-item 0 of its group has returned"),
                new Case(
                        Kind.BARRIER_DIVERGENCE,
                        "twoDifferentBarriers",
                        0,
                        KernelFaultTest::twoDifferentBarriers,
                        "work-item 4 of its group waits at another one"),
                new Case(
                        Kind.UNWRITTEN_LOCAL,
                        "readsUnwrittenLocalMemory",
                        2,
                        KernelFaultTest::readsUnwrittenLocalMemory,
                        "reads element 5 of local memory"),
                new Case(
                        Kind.LOCAL_RACE,
                        "forgetsTheBarrier",
                        1,
                        KernelFaultTest::forgetsTheBarrier,
                        "reads element 0 of local memory, which work-item 0 of the group wrote"),
                new Case(
                        Kind.LOCAL_RACE,
                        "overwritesWhatANeighbourHasRead",
                        1,
                        KernelFaultTest::overwritesWhatANeighbourHasRead,
                        "writes element 1 of local memory, which work-item 0 of the group read"),
                new Case(
                        Kind.OUT_OF_BOUNDS,
                        "pastTheEndOfLocalMemory",
                        7,
                        KernelFaultTest::pastTheEndOfLocalMemory,
                        "index 7 of an array of 7"),
                new Case(Kind.EXCEPTION, "dividesByZero", 3, KernelFaultTest::dividesByZero, "ArithmeticException"),
                new Case(Kind.INDEX_OVERFLOW, "inAHelper", 0, KernelFaultTest::inAHelper, "negative index -1"),
                new Case(
                        Kind.LAUNCH,
                        "tooMuchLocalMemory",
                        0,
                        KernelFaultTest::tooMuchLocalMemory,
                        "40000 bytes of local memory"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isReportedWithKernelWorkItemAndLine(Case c) throws IOException {
        KernelFault fault = runFaulty(c.body(), grid(16, 8));
        assertThat(fault.kind()).isEqualTo(c.kind());
        assertThat(fault.kernel()).isEqualTo("KernelFaultTest." + c.kernel());
        assertThat(fault.workItem()).containsExactly(c.workItem(), 0, 0);
        assertThat(fault).hasMessageContaining(c.message());
        int line = fault.location().getLineNumber();
        assertThat(Files.readAllLines(SOURCE).get(line - 1)).as("line %d", line).endsWith("// fault");
        assertThat(fault).hasMessageContaining(c.kernel() + ", work-item [" + c.workItem() + ", 0, 0]");
        assertThat(fault).hasMessageContaining("KernelFaultTest.java:" + line);
    }

    @Test
    void aGridThatTheGroupsDoNotDivideIsRefused() {
        KernelFault fault = runFaulty(KernelFaultTest::correct, grid(20, 8));
        assertThat(fault.kind()).isEqualTo(Kind.LAUNCH);
        assertThat(fault).hasMessageContaining("global size 20").hasMessageContaining("local size 8 along x");
    }

    private static KernelFault runFaulty(Task3<KernelContext, VectorFloat8, IntArray> kernel, WorkerGrid grid) {
        VectorFloat8 memory = new VectorFloat8(16);
        KernelFault fault = catchThrowableOfType(
                KernelFault.class, () -> Kernels.run(kernel, memory, IntArray.fromElements(1), grid));
        assertThat(fault).isNotNull();
        return fault;
    }

    private static WorkerGrid grid(int global, int local) {
        WorkerGrid grid = new WorkerGrid1D(global);
        grid.setLocalWork(local, 1, 1);
        return grid;
    }
}
