package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.squall.backend.Activation;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Memory, launches and compilations of a backend of its own. */
@Tag("sim")
@Tag("opencl")
class DeviceTest {
    private static final long BYTES = 24L << 20;

    private final List<String> progress = new ArrayList<>();
    private final TornadoVmBackend backend =
            new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(BYTES).withProgress(progress::add));

    @AfterEach
    void close() {
        backend.close();
    }

    /** Also more values than the staging array takes at once, and channels that need padding. */
    @ParameterizedTest
    @CsvSource({
        "ACTIVATION, 1x1x1x1",
        "ACTIVATION, 2x3x5x7",
        "ACTIVATION, 3x16x2x2",
        "ACTIVATION, 1x5x450x500",
        "ACTIVATION, 5x10",
        "PARAMETER, 7x3x3x3",
        "PARAMETER, 13",
        "PARAMETER, 1200001"
    })
    void valuesReturnAsTheyWere(Role role, String sizes) {
        int[] dims =
                List.of(sizes.split("x")).stream().mapToInt(Integer::parseInt).toArray();
        Storage storage = backend.allocate(Shape.of(dims), role);
        float[] values = TornadoFixture.values(storage.shape(), 7);

        backend.upload(values, storage);

        assertThat(TornadoFixture.download(storage)).isEqualTo(values);
        assertThat(backend.liveBytes()).isEqualTo(storage.bytes()).isEqualTo(backend.bytes(storage.shape(), role));
        backend.free(storage);
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void eachKernelIsCompiledOnceWhateverTheShapes() {
        use(Shape.of(1, 3, 4, 4));
        int kernels = backend.launcher().device().compilations();
        long launches = backend.launcher().device().launches();
        for (int n = 1; n < 8; n++) {
            use(Shape.of(n, 2 * n + 1, n + 3, 9 - n));
        }

        // fill, upload, download, rectify, axpby
        assertThat(kernels).isEqualTo(5);
        assertThat(backend.launcher().device().compilations()).isEqualTo(kernels);
        assertThat(backend.launcher().device().launches()).isEqualTo(8 * launches);
        assertThat(progress)
                .hasSize(kernels)
                .last()
                .isEqualTo("compiling kernels 5/"
                        + Kernels.all().stream()
                                .filter(kernel -> kernel.suits(false, false))
                                .count());
    }

    /** The counter above is our own; this is TornadoVM's word. */
    @Test
    @EnabledIf("dev.squall.tornado.RealDevice#isPresent")
    void tornadoVmGeneratesTheCodeOfEachKernelOnce() {
        String first = backend.launcher().device().printedBy(() -> use(Shape.of(1, 3, 4, 4)));
        String later = backend.launcher().device().printedBy(() -> {
            for (int n = 1; n < 8; n++) {
                use(Shape.of(n, 2 * n + 1, n + 3, 9 - n));
            }
        });

        // The backend has compiled fill and download when it was opened.
        assertThat(Pattern.compile("__kernel void (\\w+)")
                        .matcher(first)
                        .results()
                        .map(found -> found.group(1)))
                .containsExactlyInAnyOrder("upload", "rectifyVectors", "axpby")
                .hasSize(backend.launcher().device().compilations() - 2);
        assertThat(later).isEmpty();
    }

    private void use(Shape shape) {
        Storage x = TornadoFixture.activation(backend, shape, 1);
        Storage y = backend.allocate(shape, Role.ACTIVATION);
        backend.elementwise().activate(Activation.RELU, x, y);
        backend.elementwise().axpby(2f, x, 0.5f, y, y);
        float[] before = TornadoFixture.download(x);
        float[] after = TornadoFixture.download(y);
        for (int i = 0; i < after.length; i++) {
            assertThat(after[i]).isEqualTo(2f * before[i] + 0.5f * Math.max(before[i], 0f));
        }
        backend.free(x);
        backend.free(y);
    }

    @Test
    void whatDoesNotFitLeavesTheRestAsItWas() {
        Shape shape = Shape.of(1 << 20);
        Storage kept = TornadoFixture.activation(backend, shape, 3);
        long live = backend.liveBytes();

        Assertions.assertThatExceptionOfType(DeviceMemoryException.class)
                .isThrownBy(() -> backend.allocate(Shape.of(6 << 20), Role.ACTIVATION))
                .withMessageContaining("24 MiB were asked for while 4 MiB of 24 MiB were in use");

        assertThat(backend.liveBytes()).isEqualTo(live);
        assertThat(TornadoFixture.download(kept)).isEqualTo(TornadoFixture.values(shape, 3));
    }

    @Test
    void memoryAndDeviceThatDoNotExist() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(1L << 40)))
                .withMessageContaining("at most");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(1000)))
                .withMessageContaining("too small");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TornadoVmBackend(BackendOptions.DEFAULT.withDevice(77)))
                .withMessageContaining("there is no device 77");
    }
}
