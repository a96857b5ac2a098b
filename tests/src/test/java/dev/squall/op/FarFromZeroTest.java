package dev.squall.op;

import static dev.squall.backend.ConvGeometry.square;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Deviations of values so far from zero that their mean is no float: distances from the float next to it are off by up to a quarter of a deviation,
 * unless what rounding took from the mean is taken off them as well. And of values that are all the same, whose variance rounding must not bring
 * below zero.
 */
@Tag("fast")
@Tag("opencl")
class FarFromZeroTest {
    private static final int CHANNELS = 9;
    private static final Shape ROWS = Shape.of(5, 67);
    private static final Shape FEW = Shape.of(2, CHANNELS, 3, 5);
    private static final Shape MANY = Shape.of(1, CHANNELS, 127, 130);

    private static final double FAR = 1e10;

    /** Between floats there. */
    private static final double STEP = 1024;

    @TestFactory
    Stream<DynamicTest> variances() {
        return Stream.of(
                        variance("of rows", ROWS, 1),
                        variance("of planes", FEW, 2, 3),
                        variance("of channels", FEW, 1),
                        statistics("of a batch of few pixels", FEW),
                        statistics("of a batch of many pixels", MANY),
                        notBelowZero(
                                "statistics that a convolution gathers",
                                FEW,
                                x -> ChannelStatisticsOf.CONVOLUTION.gather(x)[1]),
                        notBelowZero(
                                "statistics that a convolution gathers of many pixels",
                                MANY,
                                x -> ChannelStatisticsOf.CONVOLUTION.gather(x)[1]))
                .flatMap(tests -> tests);
    }

    @TestFactory
    Stream<DynamicTest> standardised() {
        return Stream.of(layerNorm("rows", ROWS, 1), layerNorm("images", FEW, 1, 2, 3))
                .flatMap(tests -> tests);
    }

    private enum ChannelStatisticsOf {
        INPUT,
        CONVOLUTION;

        /** The mean and the biased variance of each channel. */
        float[][] gather(Tensor x) {
            int channels = x.shape().channels();
            float[] ones = new float[channels];
            float[] identity = new float[channels * channels];
            IntStream.range(0, channels).forEach(c -> identity[c * channels + c] = 1);
            Backend backend = Backend.of(x);
            try (Tensor mean = Tensor.buffer(backend, Shape.of(channels), ones);
                    Tensor variance = Tensor.buffer(backend, Shape.of(channels), ones);
                    Tensor w = Tensor.buffer(backend, Shape.of(channels, channels, 1, 1), identity)) {
                if (this == INPUT) {
                    backend.normalisation().statistics(x.storage(), mean.storage(), variance.storage());
                } else {
                    Conv2d.conv2d(x, w, null, square(1, 1, 0), new ChannelStatistics(mean, variance));
                }
                return new float[][] {mean.toArray(), variance.toArray()};
            }
        }
    }

    private static Stream<DynamicTest> variance(String name, Shape shape, int... over) {
        Function<Tensor, float[]> ofTensor =
                x -> Variance.variance(x, 1, true, over).toArray();
        return Stream.concat(
                onEach("variance " + name, backend -> {
                    float[] x = far(shape);
                    Moments expected = Moments.of(x, shape, over);
                    try (Scope _ = Scope.open()) {
                        Tensor in = Tensor.fromArray(backend, shape, x).requireGradient();
                        Tensor y = Variance.variance(in, 1, true, over);
                        double correction = expected.count / (expected.count - 1.0);
                        assertNear(y.toArray(), g -> expected.variance[g] * correction);
                        Autograd.backward(Sum.sum(y, false));
                        float[] gradient = in.gradient().toArray();
                        for (int i = 0; i < x.length; i++) {
                            double wanted = 2 * (x[i] - expected.mean[expected.group[i]]) / (expected.count - 1);
                            assertThat((double) gradient[i]).isCloseTo(wanted, within(1e-4 * STEP));
                        }
                    }
                }),
                notBelowZero("variance " + name, shape, ofTensor));
    }

    private static Stream<DynamicTest> statistics(String name, Shape shape) {
        return Stream.concat(
                onEach("statistics " + name, backend -> {
                    float[] x = far(shape);
                    Moments expected = Moments.of(x, shape, 0, 2, 3);
                    try (Scope _ = Scope.open()) {
                        float[][] found = ChannelStatisticsOf.INPUT.gather(Tensor.fromArray(backend, shape, x));
                        assertNear(found[1], c -> expected.variance[c]);
                        for (int c = 0; c < CHANNELS; c++) {
                            assertThat((double) found[0][c]).isCloseTo(expected.mean[c], within(STEP));
                        }
                    }
                }),
                notBelowZero(
                        "statistics " + name,
                        shape,
                        x -> ChannelStatisticsOf.INPUT.gather(x)[1]));
    }

    private static Stream<DynamicTest> layerNorm(String name, Shape shape, int... over) {
        return onEach("layer norm of " + name, backend -> {
            float[] x = far(shape);
            Moments expected = Moments.of(x, shape, over);
            int[] normalised = Arrays.stream(over).map(shape::dim).toArray();
            try (Scope _ = Scope.open()) {
                Tensor in = Tensor.fromArray(backend, shape, x);
                float[] y = LayerNorm.layerNorm(in, Shape.of(normalised), null, null, 1e-5f)
                        .toArray();
                for (int i = 0; i < y.length; i++) {
                    int g = expected.group[i];
                    double wanted = (x[i] - expected.mean[g]) / Math.sqrt(expected.variance[g]);
                    assertThat((double) y[i]).isCloseTo(wanted, within(1e-4));
                }
            }
        });
    }

    private static Stream<DynamicTest> notBelowZero(String name, Shape shape, Function<Tensor, float[]> variance) {
        return onEach(name + " where all values are the same", backend -> {
            for (float value : new float[] {0.1f, 0.3f, 0.7f, -1.3f, 5.7f, -9.1f, 77.7f, 3.3e7f}) {
                float[] x = new float[shape.elements()];
                Arrays.fill(x, value);
                try (Scope _ = Scope.open()) {
                    for (float each : variance.apply(Tensor.fromArray(backend, shape, x))) {
                        assertThat(each >= 0 && each <= 1e-12f * value * value)
                                .as("%s of %s", each, value)
                                .isTrue();
                    }
                }
            }
        });
    }

    private static Stream<DynamicTest> onEach(String name, Consumer<Backend> test) {
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), BackendsUnderTest.others().stream())
                .map(backend -> dynamicTest(name + " on " + backend.name(), () -> test.accept(backend)));
    }

    /** Neighbours of {@link #FAR}, whose mean in each group lies somewhere between floats. */
    private static float[] far(Shape shape) {
        SplittableRandom random = new SplittableRandom(7);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (FAR + STEP * random.nextInt(-2, 2));
        }
        return values;
    }

    private static void assertNear(float[] found, Function<Integer, Double> expected) {
        for (int g = 0; g < found.length; g++) {
            assertThat((double) found[g]).as("group %d", g).isCloseTo(expected.apply(g), withinPercentage(0.01));
        }
    }

    /**
     * In double precision.
     *
     * @param group of each element
     * @param count of a group's elements
     */
    private record Moments(int[] group, int count, double[] mean, double[] variance) {
        static Moments of(float[] x, Shape shape, int... over) {
            int[] group = new int[x.length];
            int groups = 1;
            for (int d = 0; d < shape.rank(); d++) {
                int extent = shape.dim(d);
                int dimension = d;
                if (Arrays.stream(over).anyMatch(o -> o == dimension)) {
                    continue;
                }
                int inner = IntStream.range(d + 1, shape.rank()).map(shape::dim).reduce(1, (a, b) -> a * b);
                for (int i = 0; i < x.length; i++) {
                    group[i] = group[i] * extent + i / inner % extent;
                }
                groups *= extent;
            }
            double[] mean = new double[groups];
            double[] variance = new double[groups];
            int count = x.length / groups;
            for (int i = 0; i < x.length; i++) {
                mean[group[i]] += x[i] / (double) count;
            }
            for (int i = 0; i < x.length; i++) {
                double distance = x[i] - mean[group[i]];
                variance[group[i]] += distance * distance / count;
            }
            return new Moments(group, count, mean, variance);
        }
    }
}
