package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.squall.backend.BackendException;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** A kernel that does not compile is told of in one sentence, whoever rejects it. */
@Tag("opencl")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class KernelFailureTest {
    private static final int VECTORS = 2 * Device.ZERO_VECTORS;

    static Stream<Arguments> rejected() {
        return Stream.of(
                Arguments.of(
                        "TornadoVM, reading the method",
                        kernel(
                                "throwing",
                                (g, a) -> g.task(
                                        Kernel.TASK, KernelFailureTest::throwing, a.context(), a.memory(), a.sizes()))),
                Arguments.of(
                        "TornadoVM, generating code",
                        kernel(
                                "rounding",
                                (g, a) -> g.task(
                                        Kernel.TASK, KernelFailureTest::rounding, a.context(), a.memory(), a.sizes()))),
                Arguments.of(
                        "the driver",
                        kernel(
                                "signed",
                                (g, a) -> g.task(
                                        Kernel.TASK, KernelFailureTest::signed, a.context(), a.memory(), a.sizes()))));
    }

    private static Kernel kernel(String name, Kernel.Binding binding) {
        return Kernel.line(name, "does not compile", KernelFailureTest.class, binding);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rejected")
    void isOneSentence(String by, Kernel kernel) {
        assertThatExceptionOfType(BackendException.class)
                .isThrownBy(() -> launch(kernel))
                .satisfies(e -> assertThat(e.getMessage())
                        .matches(
                                "the kernel " + kernel.name() + " does not compile for [^\n\u001B]+ \\([^\n\u001B]+\\);"
                                        + " another backend, such as --backend jvm, does without it")
                        .doesNotContain("Bailout is disabled"));
    }

    private static void launch(Kernel kernel) {
        try (Device device = new Device(
                Devices.get(0), List.of(MemoryKernels.FILL, kernel), new int[] {VECTORS}, false, number -> {})) {
            device.launch(kernel, Launcher.NO_OPERANDS, 1, 1, new int[] {1, Device.ZERO_VECTORS});
        }
    }

    /** Exceptions do not exist on a device. */
    public static void throwing(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        if (context.globalIdx >= sizes.get(0)) {
            throw new IllegalStateException("too many work-items");
        }
        memory.getArray().set(sizes.get(1) * 8, 1f);
    }

    /** TornadoVM has no such function. */
    public static void rounding(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int at = sizes.get(1) * 8 + i;
            memory.getArray().set(at, Math.round(memory.getArray().get(at)));
        }
    }

    /** No name for a function in OpenCL C. */
    public static void signed(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            memory.getArray().set(sizes.get(1) * 8 + i, 1f);
        }
    }
}
