package dev.squall.jvm.strassen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DirectConvolution;
import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** 1x1 convolutions by {@link Strassen} against the sums that define them: odd planes, all epilogues, and what an image may not do to another. */
@Tag("fast")
class StrassenTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend FAST = backend(Precision.FAST);
    private static final Backend ACCURATE = backend(Precision.ACCURATE);

    /** Whether vectors are so wide that seven products pay. */
    private static final boolean IS_WIDE = Lanes.COUNT == BlockedLayout.BLOCK;

    /** A few times what was measured; the direct sum has a third of it. */
    private static final double BOUND = 3e-6;

    /** A convolution of {@code n} images of {@code c} channels, whose every {@code stride}-th pixel counts, to {@code k} channels of h x w. */
    record Case(int n, int c, int h, int w, int k, int stride) {
        Shape x() {
            return Shape.of(n, c, (h - 1) * stride + 1, w * stride);
        }

        Shape y() {
            return Shape.of(n, k, h, w);
        }

        Shape weights() {
            return Shape.of(k, c, 1, 1);
        }

        ConvGeometry geometry() {
            return ConvGeometry.square(1, stride, 0);
        }

        Case with(int images) {
            return new Case(images, c, h, w, k, stride);
        }
    }

    /** The last ones are such that rows of an image are computed apart, while the next ones are brought near, whole images together, and fewer images at the end than before. */
    static List<Case> cases() {
        return List.of(
                new Case(1, 128, 7, 7, 128, 1),
                new Case(2, 160, 5, 11, 192, 1),
                new Case(3, 96, 8, 8, 256, 1),
                new Case(1, 256, 1, 60, 128, 1),
                new Case(1, 128, 61, 1, 256, 1),
                new Case(2, 128, 9, 13, 128, 2),
                new Case(2, 96, 7, 9, 128, 3),
                new Case(1, 512, 23, 21, 128, 1),
                new Case(2, 256, 29, 31, 128, 1),
                new Case(7, 128, 7, 8, 128, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isChosenOnProcessorsWithWideVectors(Case c) {
        boolean pays = Strassen.pays(BlockedLayout.of(c.x()), BlockedLayout.of(c.y()), 0);
        assertThat(pays).isEqualTo(IS_WIDE);
        float[] bySevenProducts = seven(c, values(c.x(), 1), 1);
        assertThat(Arrays.equals(forward(FAST, c, Epilogue.NONE), bySevenProducts))
                .isEqualTo(IS_WIDE);
        assertThat(Arrays.equals(forward(ACCURATE, c, Epilogue.NONE), bySevenProducts))
                .isFalse();
    }

    @Test
    void isNotChosenWhereChannelsOrPixelsAreFewOrOdd() {
        for (Case c : List.of(
                new Case(8, 128, 6, 8, 128, 1),
                new Case(8, 144, 14, 14, 128, 1),
                new Case(8, 128, 14, 14, 144, 1),
                new Case(8, 64, 14, 14, 64, 1),
                new Case(8, 64, 56, 56, 256, 1),
                new Case(8, 32, 56, 56, 32, 1))) {
            assertThat(Strassen.pays(BlockedLayout.of(c.x()), BlockedLayout.of(c.y()), 0))
                    .as("%s", c)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward(Case c) {
        float[] expected = forward(REFERENCE, c, Epilogue.NONE);
        assertThat(error(seven(c, values(c.x(), 1), 1), expected)).isLessThan(BOUND);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesNotDependOnTheThreads(Case c) {
        float[] x = values(c.x(), 1);
        assertThat(seven(c, x, 3)).isEqualTo(seven(c, x, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesNotDependOnTheOtherImages(Case c) {
        Case five = c.with(5);
        float[] x = values(five.x(), 1);
        float[] all = seven(five, x, 1);
        float[] first = seven(c.with(1), Arrays.copyOf(x, x.length / 5), 1);
        assertThat(Arrays.copyOf(all, first.length)).isEqualTo(first);
    }

    /** Results that are not finite are those of the definition, and no others, whatever is added to the input to form products. */
    @ParameterizedTest
    @MethodSource("cases")
    void spreadsNeitherNanNorInfinity(Case c) {
        Case three = c.with(3);
        float[] x = values(three.x(), 1);
        float[] clean = seven(three, x, 1);
        int ofImage = x.length / 3;
        x[ofImage] = Float.NaN;
        x[2 * ofImage - 1] = Float.POSITIVE_INFINITY;
        float[] expected = forward(REFERENCE, three, x, Epilogue.NONE);
        for (int threads : new int[] {1, 3}) {
            float[] y = seven(three, x, threads);
            int ofResult = y.length / 3;
            assertSame(y, expected);
            assertThat(Arrays.copyOf(y, ofResult)).isEqualTo(Arrays.copyOf(clean, ofResult));
            assertThat(Arrays.copyOfRange(y, 2 * ofResult, y.length))
                    .isEqualTo(Arrays.copyOfRange(clean, 2 * ofResult, y.length));
        }
    }

    /** Also where sums of two inputs are too large for a float, though none of the results is. */
    @ParameterizedTest
    @MethodSource("cases")
    void doesNotOverflowBeforeTheDefinitionDoes(Case c) {
        float[] x = values(c.x(), 1);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.copySign(3e38f, x[i]);
        }
        float[] w = values(c.weights(), 2);
        for (int i = 0; i < w.length; i++) {
            w[i] *= 1e-4f;
        }
        assertSame(seven(c, x, w, Epilogue.NONE, null, 1), forward(REFERENCE, c, x, w, Epilogue.NONE));
    }

    /** What is not finite is seen before an activation hides it, and a residual that the result overwrites is still there then. */
    @Test
    void epiloguesOfWhatIsNotFinite() {
        Case c = new Case(2, 128, 9, 7, 128, 1);
        float[] x = values(c.x(), 1);
        x[5] = Float.NEGATIVE_INFINITY;
        x[x.length - 1] = Float.NaN;
        for (int residual = 0; residual <= 2; residual++) {
            float[] expected = withEpilogue(REFERENCE, c, x, Activation.RELU, residual);
            assertSame(withEpilogue(null, c, x, Activation.RELU, residual), expected);
        }
    }

    /** In training, where statistics are gathered and weights packed for a single use: also those of rows that the direct product fills. */
    @Test
    void trainsToo() {
        Case c = new Case(9, 128, 14, 13, 192, 1);
        assertThat(Strassen.pays(BlockedLayout.of(c.x()), BlockedLayout.of(c.y()), c.n * c.h * c.w))
                .isEqualTo(IS_WIDE);
        assertThat(Strassen.pays(BlockedLayout.of(c.x()), BlockedLayout.of(c.y()), c.h * c.w))
                .isFalse();
        float[] x = values(c.x(), 1);
        for (int round = 0; round < 2; round++) {
            float[][] expected = training(REFERENCE, c, x);
            float[][] actual = training(FAST, c, x);
            assertSame(actual[0], expected[0]);
            assertSame(actual[1], expected[1]);
            if (round == 0) {
                assertSame(actual[2], expected[2]);
            }
            // A pair whose sum is too large for a float, as none of the results is.
            x[0] = 3e38f;
            x[c.c / 2 * c.h * c.w + c.h * c.w / 2] = 3e38f;
        }
    }

    /** The output, the gradient of the input, and the mean, which huge values leave few digits of. */
    private static float[][] training(Backend backend, Case c, float[] images) {
        Storage mean = backend.allocate(Shape.of(c.k), Role.PARAMETER);
        Storage variance = backend.allocate(Shape.of(c.k), Role.PARAMETER);
        Epilogue training = Epilogue.NONE.with(new Epilogue.Statistics(mean, variance));
        float[] w = values(c.weights(), 2);
        for (int i = 0; i < w.length; i++) {
            w[i] *= 1e-4f;
        }
        float[] y = forward(backend, c, images, w, training);
        Storage dy = storage(backend, c.y(), Role.ACTIVATION, values(c.y(), 3));
        Storage dx = backend.allocate(c.x(), Role.ACTIVATION);
        backend.convolution().backwardInput(dy, storage(backend, c.weights(), Role.PARAMETER, w), c.geometry(), dx);
        return new float[][] {y, download(backend, dx), download(backend, mean)};
    }

    /** With a bias; alone, with another residual and with one that the result overwrites. */
    @Test
    void epilogues() {
        Case c = new Case(2, 128, 9, 7, 128, 1);
        for (Activation activation :
                List.of(Activation.IDENTITY, Activation.RELU, Activation.leakyRelu(0.01f), Activation.SILU)) {
            for (int residual = 0; residual <= 2; residual++) {
                float[] expected = withEpilogue(REFERENCE, c, activation, residual);
                float[] actual = withEpilogue(null, c, activation, residual);
                assertThat(error(actual, expected))
                        .as("%s, residual %d", activation, residual)
                        .isLessThan(BOUND);
            }
        }
    }

    private static float[] forward(Backend backend, Case c, Epilogue epilogue) {
        return forward(backend, c, values(c.x(), 1), epilogue);
    }

    private static float[] forward(Backend backend, Case c, float[] images, Epilogue epilogue) {
        return forward(backend, c, images, values(c.weights(), 2), epilogue);
    }

    private static float[] forward(Backend backend, Case c, float[] images, float[] weights, Epilogue epilogue) {
        Storage x = storage(backend, c.x(), Role.ACTIVATION, images);
        Storage w = storage(backend, c.weights(), Role.PARAMETER, weights);
        Storage y = backend.allocate(c.y(), Role.ACTIVATION);
        backend.convolution().forward(x, w, c.geometry(), epilogue, y);
        return download(backend, y);
    }

    /** By seven products, whether they are chosen or not. */
    private static float[] seven(Case c, float[] images, int threads) {
        return seven(c, images, values(c.weights(), 2), Epilogue.NONE, null, threads);
    }

    /** @param output what to write to; null for new memory */
    private static float[] seven(
            Case c, float[] images, float[] weights, Epilogue epilogue, @Nullable Storage output, int threads) {
        JvmStorage x = JvmStorage.of(storage(FAST, c.x(), Role.ACTIVATION, images));
        JvmStorage w = JvmStorage.of(storage(FAST, c.weights(), Role.PARAMETER, weights));
        JvmStorage y = JvmStorage.of(output == null ? FAST.allocate(c.y(), Role.ACTIVATION) : output);
        var source = DirectWeights.Source.of(w, 1, false);
        TapWindow window = TapWindow.forward(c.geometry(), c.h, c.w);
        try (var pool = new WorkerPool(threads);
                var memory = new Allocator(0)) {
            var workspace = new Workspace(pool, memory);
            StrassenWeights packed = StrassenWeights.pack(source, workspace);
            try (var applied = new AppliedEpilogue(epilogue, y, 0, workspace)) {
                new StrassenConvolution(x, c.stride, c.stride, y, packed, applied, workspace)
                        .run(rests -> rests.accept(new DirectConvolution(
                                window,
                                PixelGrid.of(x),
                                1,
                                PixelGrid.of(y),
                                c.n,
                                DirectWeights.pack(source, window.taps(), workspace),
                                applied,
                                Precision.FAST)));
            }
            packed.free();
        }
        return download(FAST, y);
    }

    private static float[] withEpilogue(@Nullable Backend backend, Case c, Activation activation, int residual) {
        return withEpilogue(backend, c, values(c.x(), 1), activation, residual);
    }

    /** @param backend null for seven products */
    private static float[] withEpilogue(
            @Nullable Backend backend, Case c, float[] images, Activation activation, int residual) {
        Backend of = backend == null ? FAST : backend;
        Storage bias = storage(of, Shape.of(c.k), Role.PARAMETER, values(Shape.of(c.k), 3));
        Storage y = storage(of, c.y(), Role.ACTIVATION, values(c.y(), 4));
        Storage other = storage(of, c.y(), Role.ACTIVATION, values(c.y(), 5));
        Storage added = residual == 0 ? null : residual == 1 ? other : y;
        Epilogue epilogue = new Epilogue(bias, added, activation);
        if (backend == null) {
            return seven(c, images, values(c.weights(), 2), epilogue, y, 1);
        }
        Storage x = storage(of, c.x(), Role.ACTIVATION, images);
        Storage w = storage(of, c.weights(), Role.PARAMETER, values(c.weights(), 2));
        of.convolution().forward(x, w, c.geometry(), epilogue, y);
        return download(of, y);
    }

    static Backend backend(Precision precision) {
        var options = BackendOptions.DEFAULT.withThreads(1).withPrecision(precision);
        return Backends.open("jvm", options).backend();
    }

    static Storage storage(Backend backend, Shape shape, Role role, float[] values) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    static float[] download(Backend backend, Storage storage) {
        var values = new float[storage.shape().elements()];
        backend.download(storage, values);
        return values;
    }

    static float[] values(Shape shape, int seed) {
        var random = new SplittableRandom(seed);
        var values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    /** Asserts that the same are finite, and near to what is expected, and that others are as expected. */
    static void assertSame(float[] actual, float[] expected) {
        float[] finite = expected.clone();
        for (int i = 0; i < actual.length; i++) {
            if (!Float.isFinite(expected[i])) {
                assertThat(Float.compare(actual[i], expected[i]))
                        .as("element %d", i)
                        .isZero();
                finite[i] = 0;
                actual[i] = 0;
            }
        }
        assertThat(error(actual, finite)).isLessThan(BOUND);
    }

    /** The root of the mean square of the errors, divided by that of what is expected. */
    static double error(float[] actual, float[] expected) {
        double errors = 0;
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            errors += Math.pow(actual[i] - (double) expected[i], 2);
            squares += Math.pow(expected[i], 2);
        }
        return Math.sqrt(errors / squares);
    }

    @AfterAll
    static void close() {
        REFERENCE.close();
        FAST.close();
        ACCURATE.close();
    }
}
