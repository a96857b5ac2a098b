package dev.squall.bench.peers;

import dev.squall.bench.peers.Operations.Layer;
import dev.squall.io.HostTensor;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Tensor;
import dev.squall.train.StateDict;
import java.util.Arrays;
import java.util.Map;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;

/** The state of one of our networks, as the other engines need it. */
final class Weights {
    private static final float EPSILON = 1e-5f;
    private static final int SEED = 1;

    private final Map<String, HostTensor> state;
    private final NormKind norm;

    private Weights(Map<String, HostTensor> state, NormKind norm) {
        this.state = state;
        this.norm = norm;
    }

    /** A constant tensor. */
    record Constant(float[] values, long... shape) {}

    /** A convolution with its norm folded in: weight {@code [K, C, kernelH, kernelW]} and bias {@code [K]}. */
    record Folded(Constant weight, Constant bias) {}

    /** The present state of {@code network}, whose norms are of the given kind. */
    static Weights of(Module network, NormKind norm) {
        return new Weights(StateDict.of(network), norm);
    }

    /**
     * Gives {@code network} values as after some training: norms that scale by about 1, residual branches that end in about a third of that,
     * statistics that are not those of a normal distribution. All scales are positive, so that |weight| is differentiable.
     */
    static void initialise(Module network) {
        network.initialise(SEED);
        RandomGenerator random = new MersenneTwister(SEED);
        network.parameters().forEach((name, parameter) -> {
            if (parameter.shape().rank() == 1 && name.endsWith(".weight")) {
                boolean endsBranch = parameter.toArray()[0] == 0;
                fill(parameter, random, endsBranch ? 0.2 : 0.75, endsBranch ? 0.4 : 1.25);
            } else if (parameter.shape().rank() == 1) {
                fill(parameter, random, -0.1, 0.1);
            }
        });
        network.buffers()
                .forEach((name, buffer) ->
                        fill(buffer, random, name.endsWith("_var") ? 0.75 : -0.1, name.endsWith("_var") ? 1.25 : 0.1));
    }

    private static void fill(Tensor tensor, RandomGenerator random, double from, double to) {
        tensor.upload(uniform(random, tensor.shape().elements(), from, to));
    }

    /** Values drawn uniformly. */
    static float[] uniform(RandomGenerator random, int count, double from, double to) {
        UniformRealDistribution distribution = new UniformRealDistribution(random, from, to);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) distribution.sample();
        }
        return values;
    }

    /** What is stored under {@code name}. */
    Constant constant(String name) {
        HostTensor tensor = state.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the network has no " + name + "; it has " + state.keySet());
        }
        return new Constant(tensor.floats(), tensor.shape());
    }

    /** What the norm called {@code name} multiplies the normalised values with, {@code [C]}. */
    Constant scale(String name) {
        Constant weight = constant(name + ".weight");
        if (norm == NormKind.INPLACE) {
            float[] scale = weight.values();
            for (int k = 0; k < scale.length; k++) {
                scale[k] = Math.abs(scale[k]) + EPSILON;
            }
        }
        return weight;
    }

    /** The convolution of {@code layer} with its norm folded in. */
    Folded folded(Layer layer) {
        return folded(layer, 0);
    }

    /** The same for a convolution whose first output is the norm's channel {@code from}. */
    Folded folded(Layer layer, int from) {
        Constant weight = constant(layer.convolution() + ".weight");
        int channels = Math.toIntExact(weight.shape()[0]);
        float[] bias = part(constant(layer.norm() + ".bias"), from, channels);
        float[] scale = part(scale(layer.norm()), from, channels);
        float[] mean = part(constant(layer.norm() + ".running_mean"), from, channels);
        float[] variance = part(constant(layer.norm() + ".running_var"), from, channels);
        int size = weight.values().length / channels;
        for (int k = 0; k < channels; k++) {
            double factor = scale[k] / Math.sqrt(variance[k] + EPSILON);
            for (int i = k * size; i < (k + 1) * size; i++) {
                weight.values()[i] = (float) (weight.values()[i] * factor);
            }
            bias[k] = (float) (bias[k] - factor * mean[k]);
        }
        return new Folded(weight, new Constant(bias, channels));
    }

    private static float[] part(Constant constant, int from, int count) {
        return Arrays.copyOfRange(constant.values(), from, from + count);
    }

    /** The kernels of the blur, the same for each channel, {@code [channels, 1, 3, 3]}. */
    static Constant blurKernel(int channels) {
        float[] kernel = {1, 2, 1, 2, 4, 2, 1, 2, 1};
        float[] values = new float[channels * kernel.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = kernel[i % kernel.length] / 16;
        }
        return new Constant(values, channels, 1, 3, 3);
    }

    /** The channels that the convolution of {@code layer} makes. */
    int channels(Layer layer) {
        return Math.toIntExact(constant(layer.convolution() + ".weight").shape()[0]);
    }
}
