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
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Java that is correct on the JVM but not on a device is refused when the kernel becomes a task. The line that the fault
 * must name ends in a comment with the word fault.
 */
@Tag("sim")
class KernelRulesTest {

    private static final Path SOURCE = Path.of("src/test/java/dev/squall/tornado/sim/KernelRulesTest.java");

    private static final float[] TABLE = {1, 2, 3};
    private static final int LIMIT = 5;
    private static int variable = 3;

    static void unsignedShift(KernelContext context, VectorFloat8 memory, IntArray params) {
        int hash = context.globalIdx * 0x9E3779B9;
        memory.getArray().set(context.globalIdx, hash >>> 16 & 0xFFFF); // fault
    }

    static void fusedMultiplyAdd(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, Math.fma(2f, 3f, 4f)); // fault
    }

    static void floatBits(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, Float.intBitsToFloat(params.get(0))); // fault
    }

    static void throwing(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (params.get(0) < 0) {
            throw new IllegalStateException(); // fault
        }
        memory.getArray().set(context.globalIdx, 1);
    }

    static void staticTable(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, TABLE[context.globalIdx % 3]); // fault
    }

    static void staticVariable(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, variable); // fault
    }

    static void storedBoolean(KernelContext context, VectorFloat8 memory, IntArray params) {
        int i = context.globalIdx;
        boolean inside = i > 2 && (i < 5 || i > 12); // fault
        if (inside) {
            memory.getArray().set(i, 1);
        }
    }

    static void selectedInt(KernelContext context, VectorFloat8 memory, IntArray params) {
        int i = context.globalIdx;
        int step = i < 0 ? 65_536 : 0; // fault
        memory.getArray().set(i, step);
    }

    static void atMost(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (memory.getArray().get(0) <= 3f) { // fault
            memory.getArray().set(context.globalIdx, 1);
        }
    }

    static void atLeast(KernelContext context, VectorFloat8 memory, IntArray params) {
        float x = memory.getArray().get(0);
        memory.getArray().set(context.globalIdx, x >= 3f ? 1f : x); // fault
    }

    static void inAHelper(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, topBits(params.get(0)));
    }

    private static int topBits(int value) {
        return value >>> 24; // fault
    }

    static void mix(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, 1);
    }

    static void accepted(KernelContext context, VectorFloat8 memory, IntArray params) {
        int i = context.globalIdx;
        if (i < params.get(0)) {
            float value = memory.getArray().get(i);
            float slope = value > 0 ? 1f : 0.01f;
            int row = TornadoMath.max(0, i - LIMIT);
            if (row > 9) {
                row = 9;
            }
            float best = params.get(1) == i ? value : TornadoMath.floor(value * slope);
            for (int k = 0; k < 4; k++) {
                if (k == row || k > i && value < 3) {
                    continue;
                }
                best += (float) Math.exp(-k);
            }
            memory.getArray().set(i, best);
        }
    }

    private record Case(String kernel, Task3<KernelContext, VectorFloat8, IntArray> body, String message) {
        @Override
        public String toString() {
            return kernel;
        }
    }

    static Stream<Case> refused() {
        return Stream.of(
                new Case("unsignedShift", KernelRulesTest::unsignedShift, "uses >>>"),
                new Case("fusedMultiplyAdd", KernelRulesTest::fusedMultiplyAdd, "calls java.lang.Math.fma"),
                new Case("floatBits", KernelRulesTest::floatBits, "calls java.lang.Float.intBitsToFloat"),
                new Case("throwing", KernelRulesTest::throwing, "throws an exception"),
                new Case("staticTable", KernelRulesTest::staticTable, "reads the static array TABLE"),
                new Case("staticVariable", KernelRulesTest::staticVariable, "reads the static variable variable"),
                new Case("storedBoolean", KernelRulesTest::storedBoolean, "selects one of two ints"),
                new Case("selectedInt", KernelRulesTest::selectedInt, "selects one of two ints"),
                new Case("atMost", KernelRulesTest::atMost, "compares floats with <= or >="),
                new Case("atLeast", KernelRulesTest::atLeast, "compares floats with <= or >="),
                new Case("inAHelper", KernelRulesTest::inAHelper, "uses >>>"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void isRefusedWithKernelAndLine(Case c) throws IOException {
        KernelFault fault = addTask(c.body());
        assertThat(fault.kind()).isEqualTo(Kind.UNSUPPORTED);
        assertThat(fault.kernel()).isEqualTo("KernelRulesTest." + c.kernel());
        assertThat(fault).hasMessageContaining(c.message());
        int line = fault.location().getLineNumber();
        assertThat(Files.readAllLines(SOURCE).get(line - 1)).as("line %d", line).endsWith("// fault");
        assertThat(fault).hasMessageContaining("KernelRulesTest.java:" + line);
    }

    @Test
    void aNameThatOpenClHasTakenIsRefused() {
        assertThat(addTask(KernelRulesTest::mix)).hasMessageContaining("named like the OpenCL function mix");
    }

    @Test
    void whatWorksOnADeviceIsAccepted() {
        assertThat(addTask(KernelRulesTest::accepted)).isNull();
    }

    private static KernelFault addTask(Task3<KernelContext, VectorFloat8, IntArray> kernel) {
        return catchThrowableOfType(
                KernelFault.class,
                () -> new TaskGraph("g").task("t", kernel, new KernelContext(), new VectorFloat8(2), new IntArray(2)));
    }
}
