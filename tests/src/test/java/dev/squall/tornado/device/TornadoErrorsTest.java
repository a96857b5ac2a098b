package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.exceptions.TornadoBailoutRuntimeException;

/** Each way in which TornadoVM fails, as it reports it, becomes one sentence that says what to do. */
@Tag("fast")
class TornadoErrorsTest {
    @ParameterizedTest
    @MethodSource("failuresToStart")
    void start(Throwable thrown, String sentence) {
        assertThat(TornadoErrors.explainStart(thrown)).contains(sentence).doesNotContain("\n");
    }

    static Stream<Arguments> failuresToStart() {
        RuntimeException noPlatform =
                new RuntimeException("[WARNING] No OpenCL platforms found. Deoptimizing to sequential execution.");
        return Stream.of(
                Arguments.of(new ExceptionInInitializerError(noPlatform), "install your GPU's, or Debian's pocl"),
                Arguments.of(
                        new NoClassDefFoundError("Could not initialize class X").initCause(noPlatform),
                        "install your GPU's, or Debian's pocl"),
                Arguments.of(
                        new ExceptionInInitializerError(new ArrayIndexOutOfBoundsException("Index 0 out of bounds")),
                        "driver without a device"),
                Arguments.of(
                        new RuntimeException("[ERROR] Tornado Runtime Implementation class not specified. Did you"
                                + " remember to add @tornado-argfile?"),
                        "use the launcher"),
                Arguments.of(new UnsupportedClassVersionError("X: Unsupported major.minor version 69.0"), "newer Java"),
                Arguments.of(
                        new ExceptionInInitializerError(new UnsatisfiedLinkError("no tornado-opencl")),
                        "lacks a library"),
                Arguments.of(new RuntimeException("OpenCL JNI Library not found"), "lacks a library"),
                Arguments.of(
                        new NoClassDefFoundError("uk/ac/manchester/tornado/api/TornadoExecutionPlan"),
                        "sdk install tornadovm 5.2.0-jdk25-opencl"),
                Arguments.of(new IllegalStateException("first line\nsecond line"), "does not start: first line"));
    }

    @Test
    void theLaunchersReasonCountsForMoreThanThatClassesAreMissing() {
        System.setProperty(TornadoErrors.PROBLEM, "the SDK is broken");
        try {
            assertThat(TornadoErrors.explainStart(new NoClassDefFoundError("X")))
                    .isEqualTo("the SDK is broken");
        } finally {
            System.clearProperty(TornadoErrors.PROBLEM);
        }
    }

    @Test
    void kernelThatDoesNotCompile() {
        var thrown = new TornadoBailoutRuntimeException(
                "\u001B[31mBailout is disabled. \nReason: Unable to build sketch\nat X\u001B[0m");

        BackendException explained = TornadoErrors.ofLaunch("addRelu", "Some GPU", true, thrown);

        assertThat(explained)
                .hasMessageStartingWith("the kernel addRelu does not compile for Some GPU (Unable to build sketch)")
                .hasMessageContaining("--backend jvm")
                .hasCause(thrown);
    }

    @Test
    void kernelThatFailsLater() {
        var thrown = new TornadoBailoutRuntimeException("CL_INVALID_WORK_GROUP_SIZE");

        assertThat(TornadoErrors.ofLaunch("addRelu", "Some GPU", false, thrown))
                .hasMessageStartingWith("the kernel addRelu failed on Some GPU (CL_INVALID_WORK_GROUP_SIZE)");
    }

    @Test
    void deviceWithoutTheMemory() {
        var thrown =
                new TornadoBailoutRuntimeException("Unable to allocate 2147483664 bytes of memory.\n\tTo increase");

        assertThat(TornadoErrors.ofLaunch("fillVectors", "Some GPU", true, thrown))
                .hasMessage("Some GPU did not give the memory asked for; ask for less with --device-memory");
    }

    @Test
    void whoThrewIt() {
        assertThat(TornadoErrors.isFromTornadoVm(new RuntimeException(new TornadoBailoutRuntimeException("x"))))
                .isTrue();
        assertThat(TornadoErrors.isFromTornadoVm(new IllegalArgumentException("x")))
                .isFalse();
    }
}
