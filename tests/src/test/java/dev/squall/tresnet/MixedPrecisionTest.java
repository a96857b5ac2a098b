package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.LossScale;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks whose activations are kept in 16 bits, beside the same in single precision. */
@Tag("fast")
class MixedPrecisionTest {
    private static final int CLASSES = 10;

    @ParameterizedTest
    @CsvSource({"tresnet_m, 128", "tresnet_l, 64", "resnet50, 64", "efficientnet_b1, 64", "mixnet_l, 64"})
    void whatAStepKeepsTakesHalfOfTheMemory(String name, int batch) {
        NetworkConfig config = Networks.preset(name).config();
        Shape images = Shape.of(batch, 3, 224, 224);
        Footprint single = Footprint.ofTraining(new MetaBackend(), config, images);
        Footprint mixed = Footprint.ofTraining(new MetaBackend(MetaBackend.FLOATS, HalfFormat.FP16), config, images);
        assertThat((double) mixed.activationBytes() / single.activationBytes()).isBetween(0.5, 0.505);
        // Parameters, their gradients and momenta stay as they are.
        assertThat((double) mixed.peakBytes() / single.peakBytes()).isBetween(0.5, 0.6);

        Footprint halves = Footprint.ofTraining(new MetaBackend(MetaBackend.IMAGES_AS_HALVES, null), config, images);
        assertThat(halves.activationBytes()).isEqualTo(mixed.activationBytes());
        assertThat((double) halves.peakBytes() / single.peakBytes()).isBetween(0.5, 0.6);
        assertThat(halves.peakBytes()).isLessThan(mixed.peakBytes());
    }

    @ParameterizedTest
    @CsvSource("tresnet_m, 1.85")
    void almostTwiceAsManyImagesFit(String name, double times) {
        NetworkConfig config = Networks.preset(name).config();
        MetaBackend half = new MetaBackend(MetaBackend.FLOATS, HalfFormat.FP16);
        int single = Summary.largestTrainingBatch(config, 224, 224, 16L << 30);
        int mixed = Summary.largestTrainingBatch(config, 224, 224, 16L << 30, half);
        assertThat((double) mixed / single).isBetween(times, 2.0);
    }

    /**
     * A value whose sign changes when it is rounded changes the slope of its ReLU, so that gradients differ by about the square root of the share of such values: 1 to 2 % in
     * FP16 and three times that in BF16, and more where few values make the statistics of a norm.
     */
    @ParameterizedTest
    @CsvSource({
        "tresnet_tiny, 32, 28, MIXED, 0.03",
        "tresnet_tiny, 32, 28, BF16, 0.09",
        "resnet50, 8, 32, MIXED, 0.1",
        "efficientnet_b1, 4, 64, MIXED, 0.4"
    })
    void gradientsAreThoseOfSinglePrecision(String name, int batch, int side, Precision precision, double tolerance) {
        int channels = Networks.preset(name).config().inputChannels();
        Shape images = Shape.of(batch, channels, side, side);
        Step single = step(name, images, Precision.FAST);
        Step mixed = step(name, images, precision);
        assertThat(mixed.loss).isCloseTo(single.loss, org.assertj.core.api.Assertions.within(tolerance / 4));
        double square = 0;
        double difference = 0;
        for (int p = 0; p < single.gradients.size(); p++) {
            float[] expected = single.gradients.get(p);
            for (int i = 0; i < expected.length; i++) {
                square += (double) expected[i] * expected[i];
                difference += Math.pow((double) expected[i] - mixed.gradients.get(p)[i], 2);
            }
        }
        assertThat(Math.sqrt(difference / square)).isBetween(1e-5, tolerance);
        assertThat((double) mixed.kept / single.kept).isBetween(0.45, 0.6);
    }

    /** @param kept bytes, for the backward pass */
    private record Step(double loss, long kept, List<float[]> gradients) {}

    private static Step step(String name, Shape images, Precision precision) {
        BackendOptions options = BackendOptions.DEFAULT.withThreads(2).withPrecision(precision);
        try (Backend backend = Backends.open("jvm", options).backend();
                Module network = Networks.create(name, backend, images.channels(), CLASSES)) {
            network.initialise(1).train();
            long before = backend.liveBytes();
            LossScale scale = new LossScale(LossScale.Settings.STANDARD);
            while (true) {
                List<Tensor> parameters = List.copyOf(network.parameters().values());
                Step step = step(network, images, scale, parameters);
                parameters.forEach(parameter -> parameter.setGradient(null));
                assertThat(backend.liveBytes()).isEqualTo(before);
                if (step != null) {
                    return step;
                }
            }
        }
    }

    private static Step step(Module network, Shape images, LossScale scale, List<Tensor> parameters) {
        SplittableRandom random = new SplittableRandom(3);
        float[] values = new float[images.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        int[] labels = new int[images.batch()];
        Arrays.setAll(labels, i -> i % CLASSES);
        Backend backend = network.backend();
        try (Scope _ = Scope.open()) {
            long before = backend.liveBytes();
            Tensor logits = network.forward(Tensor.fromArray(backend, images, values));
            long kept = backend.liveBytes() - before;
            Tensor loss = CrossEntropy.crossEntropy(logits, labels, 0f);
            scale.backward(loss);
            scale.unscale(parameters);
            boolean finite = Float.isFinite(GradientClipping.byGlobalNorm(parameters, Float.MAX_VALUE));
            scale.update(finite);
            List<float[]> gradients = new ArrayList<>();
            for (Tensor parameter : parameters) {
                Tensor gradient = parameter.gradient();
                gradients.add(gradient == null ? new float[parameter.shape().elements()] : gradient.toArray());
            }
            return finite ? new Step(loss.item(), kept, gradients) : null;
        }
    }
}
