package dev.squall.nn;

import dev.squall.tensor.Shape;
import java.util.Arrays;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.RealDistribution;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;

/** Where the first values of a parameter come from. Each has its own distribution; {@link Module#initialise} draws from it. */
@FunctionalInterface
public interface Init {
    /** The values of a parameter of {@code shape}, row-major, drawn from {@code random}. */
    float[] values(Shape shape, RandomGenerator random);

    /** The same value everywhere. */
    static Init constant(float value) {
        return (shape, random) -> {
            float[] values = new float[shape.elements()];
            Arrays.fill(values, value);
            return values;
        };
    }

    /**
     * N(0, 2 / fanOut) with fanOut = K * kernelH * kernelW for weights {@code [K, C/groups, kernelH, kernelW]}: He et al., "Delving Deep
     * into Rectifiers" (2015), in the form that keeps the variance of the gradients.
     */
    static Init kaimingNormalFanOut() {
        return kaimingNormalFanOut(1);
    }

    /** The same with fanOut = K * kernelH * kernelW / groups, the outputs that an input really reaches. */
    static Init kaimingNormalFanOut(int groups) {
        return (shape, random) -> {
            double fanOut = (double) shape.elements() / shape.dim(1) / groups;
            return sample(new NormalDistribution(random, 0, Math.sqrt(2 / fanOut)), shape);
        };
    }

    /**
     * U(-b, b) with {@code b = sqrt(6 / ((1 + slope^2) fanIn))} and fanIn = {@code elements / dim(0)}: the form of He et al. that keeps the
     * variance of a signal, before a leaky ReLU of that slope.
     */
    static Init kaimingUniform(double slope) {
        return (shape, random) -> {
            double fanIn = (double) shape.elements() / shape.dim(0);
            double bound = Math.sqrt(6 / ((1 + slope * slope) * fanIn));
            return sample(new UniformRealDistribution(random, -bound, bound), shape);
        };
    }

    /** What PyTorch draws the weights of convolutions and linear layers from: {@link #kaimingUniform} with slope sqrt(5), so U(+-1/sqrt(fanIn)). */
    static Init standard() {
        return kaimingUniform(Math.sqrt(5));
    }

    /** N(0, standardDeviation^2). */
    static Init normal(double standardDeviation) {
        return (shape, random) -> sample(new NormalDistribution(random, 0, standardDeviation), shape);
    }

    /** U(-1/sqrt(fanIn), 1/sqrt(fanIn)): PyTorch's default for biases. */
    static Init uniformFanIn(int fanIn) {
        double bound = 1 / Math.sqrt(fanIn);
        return (shape, random) -> sample(new UniformRealDistribution(random, -bound, bound), shape);
    }

    /** The generator for the parameter called {@code name}: a function of both, so that the order of parameters does not matter. */
    static RandomGenerator generator(long seed, String name) {
        int[] key = new int[2 + name.length()];
        key[0] = (int) (seed >>> 32);
        key[1] = (int) seed;
        for (int i = 0; i < name.length(); i++) {
            key[2 + i] = name.charAt(i);
        }
        return new MersenneTwister(key);
    }

    private static float[] sample(RealDistribution distribution, Shape shape) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) distribution.sample();
        }
        return values;
    }
}
