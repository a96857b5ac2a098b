package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.BackendOptions;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The (leaky) ReLU of values at the edges of the number range; both sides of its comparison must be right there. */
@Tag("sim")
@Tag("opencl")
class LeakyReluExtremesTest {
    private static final float[] VALUES = {
        Float.NEGATIVE_INFINITY,
        -Float.MAX_VALUE,
        -1e20f,
        -1,
        -Float.MIN_NORMAL,
        0,
        Float.MIN_NORMAL,
        1,
        1e20f,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NaN
    };

    @ParameterizedTest
    @ValueSource(floats = {0, 0.5f, 1, 2})
    void extremeValues(float slope) {
        try (TornadoVmBackend backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(1 << 20))) {
            Storage x = backend.allocate(Shape.of(VALUES.length), Role.ACTIVATION);
            Storage y = backend.allocate(x.shape(), Role.ACTIVATION);
            backend.upload(VALUES, x);

            backend.elementwise().activate(Activation.leakyRelu(slope), x, y);

            float[] expected = VALUES.clone();
            for (int i = 0; i < expected.length; i++) {
                if (expected[i] < 0) {
                    expected[i] = slope == 0 ? 0 : slope * expected[i];
                }
            }
            assertThat(TornadoFixture.download(y)).isEqualTo(expected);
        }
    }
}
