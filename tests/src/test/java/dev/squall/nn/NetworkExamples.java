package dev.squall.nn;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;

/** Small networks and inputs for tests. */
public final class NetworkExamples {
    private NetworkExamples() {}

    /** Convolutions, both norms' forms, squeeze-and-excitation, a blurred convolution and a head: {@code [N, 2, 8, 8]} to {@code [N, classes]}. */
    public static Module small(Backend backend, NormKind norm, int classes) {
        Activation leaky = Activation.leakyRelu(0.01f);
        return new Sequential(
                new SpaceToDepth(2),
                new ConvAbn(
                        backend,
                        ConvAbn.Config.of(8, 6, 3, 1).withActivation(leaky).withNorm(norm)),
                new ResidualExample(backend, 6, norm),
                new BlurredConvAbn(
                        backend,
                        ConvAbn.Config.of(6, 6, 3, 1).withActivation(leaky).withNorm(norm)),
                new SqueezeExcitation(backend, 6, 4),
                new GlobalAveragePool(),
                new Linear(backend, 6, classes));
    }

    /** Seeded normal values. */
    public static Tensor normal(Backend backend, long seed, int... shape) {
        RandomGenerator random = new MersenneTwister(seed);
        Shape s = Shape.of(shape);
        float[] values = new float[s.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.fromArray(backend, s, values);
    }

    /** {@code relu(norm(conv(x)) + x)}. */
    static final class ResidualExample extends Module {
        private final ConvAbn conv;

        ResidualExample(Backend backend, int channels, NormKind norm) {
            conv = child(
                    "conv",
                    new ConvAbn(
                            backend, ConvAbn.Config.of(channels, channels, 3, 1).withNorm(norm)));
        }

        @Override
        protected Tensor compute(Tensor x) {
            return conv.forwardAddRelu(x, x);
        }
    }
}
