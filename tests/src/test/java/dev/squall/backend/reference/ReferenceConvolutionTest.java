package dev.squall.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.random.Well19937c;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the seven loops of the definition, on random geometry. */
@Tag("fast")
class ReferenceConvolutionTest {
    private static final double ROUNDING = 2e-6;

    private final Backend backend = new ReferenceBackend();

    record Case(int seed, Shape x, Shape w, ConvGeometry geometry) {
        static Case random(int seed) {
            RandomGenerator random = new Well19937c(seed);
            int groups = 1 + random.nextInt(3);
            ConvGeometry geometry = new ConvGeometry(
                    1 + random.nextInt(4),
                    1 + random.nextInt(4),
                    1 + random.nextInt(3),
                    1 + random.nextInt(3),
                    random.nextInt(4),
                    random.nextInt(4),
                    1 + random.nextInt(2),
                    1 + random.nextInt(2),
                    groups);
            int groupChannels = 1 + random.nextInt(3);
            Shape x = Shape.of(
                    1 + random.nextInt(2), groups * groupChannels, 7 + random.nextInt(6), 7 + random.nextInt(6));
            Shape w = Shape.of(groups * (1 + random.nextInt(3)), groupChannels, geometry.kernelH(), geometry.kernelW());
            return new Case(seed, x, w, geometry);
        }
    }

    static Stream<Case> cases() {
        return IntStream.range(0, 60).mapToObj(Case::random);
    }

    /** Called for every product of the convolution with the row-major indices of its three elements. */
    private interface Product {
        void at(int y, int x, int w);
    }

    private static void forEachProduct(Case c, Product product) {
        ConvGeometry g = c.geometry;
        Shape y = g.output(c.x, c.w);
        int groupOutputs = c.w.dim(0) / g.groups();
        for (int n = 0; n < c.x.batch(); n++) {
            for (int k = 0; k < y.channels(); k++) {
                for (int i = 0; i < y.height(); i++) {
                    for (int j = 0; j < y.width(); j++) {
                        for (int gc = 0; gc < c.w.dim(1); gc++) {
                            for (int a = 0; a < g.kernelH(); a++) {
                                for (int b = 0; b < g.kernelW(); b++) {
                                    int channel = k / groupOutputs * c.w.dim(1) + gc;
                                    int h = i * g.strideH() - g.padH() + a * g.dilationH();
                                    int w = j * g.strideW() - g.padW() + b * g.dilationW();
                                    if (h >= 0 && h < c.x.height() && w >= 0 && w < c.x.width()) {
                                        product.at(
                                                ((n * y.channels() + k) * y.height() + i) * y.width() + j,
                                                ((n * c.x.channels() + channel) * c.x.height() + h) * c.x.width() + w,
                                                ((k * c.w.dim(1) + gc) * g.kernelH() + a) * g.kernelW() + b);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forwardIsTheSumOfProducts(Case c) {
        float[] x = random(c.x, c.seed);
        float[] w = random(c.w, c.seed + 1);
        Shape shape = c.geometry.output(c.x, c.w);
        float[] bias = random(Shape.of(shape.channels()), c.seed + 2);
        float[] residual = random(shape, c.seed + 3);
        double[] expected = new double[shape.elements()];
        forEachProduct(c, (yi, xi, wi) -> expected[yi] += (double) x[xi] * w[wi]);
        for (int i = 0; i < expected.length; i++) {
            double sum = expected[i] + bias[i / shape.plane() % shape.channels()] + residual[i];
            expected[i] = sum > 0 ? sum : 0.25 * sum;
        }

        Storage y = upload(shape, residual);
        Epilogue epilogue = new Epilogue(upload(Shape.of(shape.channels()), bias), y, Activation.leakyRelu(0.25f));
        backend.convolution().forward(upload(c.x, x), weights(c.w, w), c.geometry, epilogue, y);
        assertClose(y, expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardInputGathersFromAllOutputs(Case c) {
        Shape shape = c.geometry.output(c.x, c.w);
        float[] w = random(c.w, c.seed + 1);
        float[] dy = random(shape, c.seed + 2);
        double[] expected = new double[c.x.elements()];
        forEachProduct(c, (yi, xi, wi) -> expected[xi] += (double) dy[yi] * w[wi]);

        Storage dx = undefined(c.x);
        backend.convolution().backwardInput(upload(shape, dy), weights(c.w, w), c.geometry, dx);
        assertClose(dx, expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardWeightSumsOverTheBatch(Case c) {
        Shape shape = c.geometry.output(c.x, c.w);
        float[] x = random(c.x, c.seed);
        float[] dy = random(shape, c.seed + 2);
        double[] expected = new double[c.w.elements()];
        float[] undefined = new float[expected.length];
        Arrays.fill(undefined, Float.NaN);
        forEachProduct(c, (yi, xi, wi) -> expected[wi] += (double) dy[yi] * x[xi]);

        Storage dw = weights(c.w, undefined);
        backend.convolution().backwardWeight(upload(c.x, x), upload(shape, dy), c.geometry, dw);
        assertClose(dw, expected);
    }

    private static float[] random(Shape shape, int seed) {
        RandomGenerator random = new Well19937c(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    private Storage upload(Shape shape, float[] values) {
        return Tensor.fromArray(backend, shape, values).storage();
    }

    private Storage weights(Shape shape, float[] values) {
        return Tensor.buffer(backend, shape, values).storage();
    }

    private Storage undefined(Shape shape) {
        Storage storage = Tensor.empty(backend, shape).storage();
        backend.fill(storage, Float.NaN);
        return storage;
    }

    private void assertClose(Storage actual, double[] expected) {
        float[] values = new float[expected.length];
        backend.download(actual, values);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).as("element %d", i).isCloseTo(expected[i], within(ROUNDING));
        }
    }
}
