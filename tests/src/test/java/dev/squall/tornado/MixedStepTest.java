package dev.squall.tornado;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.LossScale;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Networks;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A training step of a whole network in mixed precision: on kernels for processors, on those for GPUs, in the simulator on tensor cores, and by
 * the definition.
 */
@Tag("sim")
@Tag("opencl")
class MixedStepTest {
    private static final Shape IMAGES = Shape.of(4, 1, 10, 10);
    private static final int CLASSES = 10;
    private static final int[] LABELS = {1, 0, 3, 2};

    private static float[] gradients(Backend backend) {
        try (Module network = Networks.create("tresnet_tiny", backend, IMAGES.channels(), CLASSES)) {
            network.initialise(1).train();
            List<Tensor> parameters = List.copyOf(network.parameters().values());
            LossScale scale = new LossScale(LossScale.Settings.STANDARD);
            try (Scope _ = Scope.open()) {
                Tensor x = Tensor.fromArray(backend, IMAGES, TornadoFixture.values(IMAGES, 7));
                scale.backward(CrossEntropy.crossEntropy(network.forward(x), LABELS, 0f));
                scale.unscale(parameters);
            }
            float[][] all = parameters.stream()
                    .map(parameter -> requireNonNull(parameter.gradient()).toArray())
                    .toArray(float[][]::new);
            float[] joined =
                    new float[Arrays.stream(all).mapToInt(part -> part.length).sum()];
            int at = 0;
            for (float[] part : all) {
                System.arraycopy(part, 0, joined, at, part.length);
                at += part.length;
            }
            return joined;
        }
    }

    /** A value that is rounded to the other side of zero changes a slope, so that gradients differ by some percent, see {@code MixedPrecisionTest}; a wrong kernel by all. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsAreThoseOfTheDefinition(boolean gpu) {
        float[] expected;
        try (Backend reference = new ReferenceBackend(HalfFormat.FP16)) {
            expected = gradients(reference);
        }
        BackendOptions options =
                BackendOptions.DEFAULT.withPrecision(Precision.MIXED).withMemoryBytes(64L << 20);
        try (TornadoVmBackend backend = new TornadoVmBackend(options, gpu)) {
            assertThat(TornadoFixture.relativeError(gradients(backend), expected))
                    .isLessThan(0.1);
            assertThat(backend.launcher().multipliesHalves()).isEqualTo(gpu && !RealDevice.isPresent());
        }
    }
}
