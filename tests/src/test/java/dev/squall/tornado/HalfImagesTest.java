package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.layout.TornadoStorage;
import dev.squall.tornado.sim.SimulatedMemory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images lie in memory as halves in mixed precision, whatever the device; all else as floats. */
@Tag("sim")
@Tag("opencl")
class HalfImagesTest {
    private static final Shape IMAGES = Shape.of(2, 5, 3, 4);

    static TornadoVmBackend mixed(boolean gpu, int arenas) {
        long bytes = 16L << 20;
        System.setProperty("squall.tornado.arena", Long.toString(bytes / arenas));
        try {
            return new TornadoVmBackend(
                    BackendOptions.DEFAULT.withPrecision(Precision.MIXED).withMemoryBytes(bytes), gpu);
        } finally {
            System.clearProperty("squall.tornado.arena");
        }
    }

    private static Storage uploaded(TornadoVmBackend backend, Shape shape, Role role, float... values) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    private static float[] rounded(float[] values) {
        float[] halves = values.clone();
        for (int i = 0; i < halves.length; i++) {
            halves[i] = HalfFormat.FP16.round(halves[i]);
        }
        return halves;
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "true, 3"})
    void takeHalfOfTheMemoryAndAreRoundedToTheNearest(boolean gpu, int arenas) {
        try (TornadoVmBackend backend = mixed(gpu, arenas)) {
            float[] values = TornadoFixture.values(IMAGES, 3);
            Storage x = uploaded(backend, IMAGES, Role.ACTIVATION, values);
            assertThat(x.bytes()).isEqualTo(2 * 3 * 4 * 8 * 2);
            assertThat(backend.liveBytes()).isEqualTo(x.bytes());
            assertThat(TornadoFixture.download(x)).isEqualTo(rounded(values));
            TornadoFixture.assertPaddingIsZero(TornadoStorage.of(x));

            Storage y = backend.allocate(IMAGES, Role.ACTIVATION);
            backend.elementwise().scale(1 / 3f, x, y);
            float[] thirds = rounded(values);
            for (int i = 0; i < thirds.length; i++) {
                thirds[i] *= 1 / 3f;
            }
            assertThat(TornadoFixture.download(y)).isEqualTo(rounded(thirds));

            Shape rows = Shape.of(2, 60);
            Storage features = uploaded(backend, rows, Role.ACTIVATION, values);
            assertThat(TornadoFixture.download(features)).isEqualTo(values);
            backend.elementwise().reshape(features, y);
            assertThat(TornadoFixture.download(y)).isEqualTo(rounded(values));
            backend.elementwise().reshape(y, features);
            assertThat(TornadoFixture.download(features)).isEqualTo(rounded(values));
            backend.fill(y, 1 / 3f);
            assertThat(TornadoFixture.download(y)).containsOnly(HalfFormat.FP16.round(1 / 3f));
            TornadoFixture.assertPaddingIsZero(TornadoStorage.of(y));
            backend.free(x);
            backend.free(y);
            backend.free(features);
            assertThat(backend.liveBytes()).isZero();
        }
    }

    /** Kernels with halves have plans of their own, which must not take the arenas with them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    @DisabledIf("dev.squall.tornado.RealDevice#isPresent")
    void nothingIsLeftOnTheDevice(int arenas) {
        int before = SimulatedMemory.allocated();
        try (TornadoVmBackend backend = mixed(true, arenas)) {
            Storage x = uploaded(backend, IMAGES, Role.ACTIVATION, TornadoFixture.values(IMAGES, 3));
            backend.elementwise().scale(1 / 3f, x, x);
            assertThat(backend.launcher().device().launchedWithHalves()).isNotEmpty();
        }
        assertThat(SimulatedMemory.allocated()).isEqualTo(before);
    }

    /** Halves of all sizes, ties, and what is too large or too small. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void roundAsJavaDoes(boolean gpu) {
        int bits = 1 << 16;
        float[] values = new float[4 * bits];
        for (int i = 0; i < bits; i++) {
            float half = Float.float16ToFloat((short) i);
            float next = Float.float16ToFloat((short) (i + 1));
            values[4 * i] = half;
            values[4 * i + 1] = (half + next) / 2;
            values[4 * i + 2] = Math.nextUp((half + next) / 2);
            values[4 * i + 3] = Math.nextDown((half + next) / 2);
        }
        try (TornadoVmBackend backend = mixed(gpu, 1)) {
            Storage x = uploaded(backend, Shape.of(1, 8, 1, values.length / 8), Role.ACTIVATION, values);
            float[] actual = TornadoFixture.download(x);
            for (int i = 0; i < values.length; i++) {
                float expected = Float.float16ToFloat(Float.floatToFloat16(values[i]));
                // A device may forget the sign of a zero.
                assertThat(actual[i] == expected || Float.isNaN(expected) && Float.isNaN(actual[i]))
                        .as("%s became %s, expected %s", values[i], actual[i], expected)
                        .isTrue();
            }
        }
    }
}
