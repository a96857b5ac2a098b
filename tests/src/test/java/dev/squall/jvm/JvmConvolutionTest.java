package dev.squall.jvm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to compute a convolution against the sums that define it. */
@Tag("fast")
class JvmConvolutionTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend FAST = backend(1, Precision.FAST);
    private static final Backend ACCURATE = backend(2, Precision.ACCURATE);

    /** A convolution of images [n, c, h, w] to k channels. */
    record Case(int n, int c, int h, int w, int k, ConvGeometry geometry) {
        Shape x() {
            return Shape.of(n, c, h, w);
        }

        Shape weights() {
            return Shape.of(k, c / geometry.groups(), geometry.kernelH(), geometry.kernelW());
        }

        Shape y() {
            return geometry.output(x(), weights());
        }

        /** Of y after a blur; null where it is too small for one. */
        @Nullable
        Shape blurred() {
            Shape y = y();
            return y.height() < 2 || y.width() < 2
                    ? null
                    : Shape.of(n, k, Math.ceilDiv(y.height(), 2), Math.ceilDiv(y.width(), 2));
        }

        /** The largest relative error; {@link JvmConvolutionPrecisionTest} has tighter ones. Only a Winograd convolution may have more. */
        double bound(Backend backend) {
            boolean transformed = backend == FAST && geometry.equals(ConvGeometry.square(3, 1, 1));
            return transformed ? 1e-5 : 2e-6;
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int size = 1; size <= 15; size++) {
            cases.add(new Case(2, 17, size, size, 33, ConvGeometry.square(3, 1, 1)));
            cases.add(new Case(1, 3, size, 16 - size, 5, ConvGeometry.square(3, 2, 1)));
            cases.add(new Case(2, 5, size, size, 83, ConvGeometry.square(1, 1, 0)));
        }
        // Enough images for Winograd tiles of 6x6: all that may be left along an edge, and planes of edges only.
        for (int size = 2; size <= 21; size++) {
            cases.add(new Case(8, 17, size, 22 - size % 6, 18, ConvGeometry.square(3, 1, 1)));
        }
        cases.add(new Case(64, 18, 9, 3, 18, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(3, 40, 52, 43, 33, ConvGeometry.square(3, 1, 1)));
        // Small planes, side by side: odd and whole blocks, kernels wider than the plane, more images than a tile has
        // positions.
        cases.add(new Case(37, 19, 2, 2, 35, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(5, 64, 2, 2, 96, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(3, 20, 1, 4, 24, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(3, 20, 4, 1, 24, ConvGeometry.square(5, 1, 2)));
        cases.add(new Case(4, 17, 1, 3, 18, new ConvGeometry(1, 3, 1, 1, 0, 2, 1, 2, 1)));
        cases.add(new Case(1, 20, 2, 2, 24, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(3, 20, 2, 2, 24, ConvGeometry.square(3, 2, 1)));
        cases.add(new Case(3, 24, 2, 2, 24, ConvGeometry.square(3, 1, 1).grouped(24)));
        // Kernels of which only the centre meets a pixel: its gradient is a product, among zeros.
        cases.add(new Case(37, 64, 1, 1, 48, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(6, 64, 2, 2, 32, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 1)));
        // 1x1 with whole blocks, whose weight gradient is a product: few and many positions.
        cases.add(new Case(37, 96, 1, 1, 48, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(5, 64, 2, 2, 80, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(2, 32, 9, 7, 16, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(3, 64, 21, 23, 160, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(2, 83, 9, 9, 64, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(3, 64, 14, 15, 48, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(2, 130, 7, 7, 70, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(1, 16, 30, 29, 16, ConvGeometry.square(3, 1, 1)));
        // Bands of rows whose last columns are tiles of their own, several chunks of channels, images that end within a
        // band.
        cases.add(new Case(3, 70, 14, 13, 40, ConvGeometry.square(3, 2, 1)));
        cases.add(new Case(3, 40, 10, 8, 36, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(2, 600, 4, 4, 40, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(2, 20, 11, 8, 24, ConvGeometry.square(1, 2, 0)));
        cases.add(new Case(2, 3, 20, 23, 17, ConvGeometry.square(7, 2, 3)));
        cases.add(new Case(1, 4, 12, 12, 6, ConvGeometry.square(5, 1, 2)));
        // Few channels: a row of the kernel is one tap of the weight gradient, of short rows and of long ones, and of
        // several tiles.
        cases.add(new Case(2, 3, 61, 65, 40, ConvGeometry.square(7, 2, 3)));
        cases.add(new Case(2, 9, 33, 64, 20, ConvGeometry.square(5, 1, 2)));
        cases.add(new Case(1, 1, 40, 60, 18, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(2, 3, 30, 70, 20, new ConvGeometry(5, 3, 2, 1, 0, 2, 1, 1, 1)));
        cases.add(new Case(2, 2, 30, 70, 20, new ConvGeometry(3, 3, 1, 2, 4, 3, 2, 1, 1)));
        cases.add(new Case(1, 4, 12, 12, 6, ConvGeometry.square(3, 1, 0)));
        cases.add(new Case(1, 4, 9, 9, 6, ConvGeometry.square(4, 4, 0)));
        cases.add(new Case(1, 4, 13, 9, 6, ConvGeometry.square(2, 3, 1)));
        cases.add(new Case(1, 6, 13, 12, 8, new ConvGeometry(3, 5, 2, 1, 0, 3, 2, 1, 1)));
        cases.add(new Case(1, 6, 12, 15, 20, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 2)));
        cases.add(new Case(1, 6, 7, 7, 20, new ConvGeometry(1, 3, 1, 3, 2, 0, 1, 3, 1)));
        cases.add(new Case(2, 64, 8, 8, 64, ConvGeometry.square(3, 1, 1).grouped(16)));
        cases.add(new Case(2, 64, 8, 9, 128, ConvGeometry.square(3, 2, 1).grouped(2)));
        // Groups of one block, whose weight gradient is of one vector, and of two blocks: long rows, short ones, small
        // planes.
        cases.add(new Case(2, 48, 9, 30, 48, ConvGeometry.square(3, 1, 1).grouped(3)));
        cases.add(new Case(3, 64, 7, 9, 64, ConvGeometry.square(3, 2, 1).grouped(4)));
        cases.add(new Case(5, 32, 2, 2, 32, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new Case(2, 64, 5, 5, 64, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new Case(1, 30, 6, 6, 45, ConvGeometry.square(3, 1, 1).grouped(3)));
        cases.add(new Case(1, 40, 6, 6, 40, ConvGeometry.square(1, 1, 0).grouped(4)));
        // 1x1 whose channels, or groups of them, begin or end inside of a block: in pieces of 8 and of 4, from one
        // vector of outputs or two.
        cases.add(new Case(2, 24, 9, 7, 40, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(2, 36, 5, 7, 50, ConvGeometry.square(1, 2, 0)));
        cases.add(new Case(2, 56, 5, 7, 168, ConvGeometry.square(1, 1, 0).grouped(2)));
        cases.add(new Case(2, 104, 4, 7, 42, ConvGeometry.square(1, 1, 0).grouped(2)));
        cases.add(new Case(1, 2104, 3, 3, 72, ConvGeometry.square(1, 1, 0).grouped(2)));
        for (int kernel = 3; kernel <= 9; kernel += 2) {
            cases.add(new Case(
                    2,
                    24,
                    15,
                    17,
                    24,
                    ConvGeometry.square(kernel, 1, kernel / 2).grouped(24)));
            cases.add(new Case(
                    1,
                    35,
                    15,
                    10,
                    35,
                    ConvGeometry.square(kernel, 2, kernel / 2).grouped(35)));
        }
        cases.add(new Case(1, 18, 9, 9, 18, new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 18)));
        cases.add(new Case(1, 8, 9, 9, 16, ConvGeometry.square(3, 1, 1).grouped(8)));
        // Rows of several depthwise tiles, planes of several frames.
        cases.add(new Case(2, 20, 9, 31, 20, ConvGeometry.square(3, 1, 1).grouped(20)));
        cases.add(new Case(1, 17, 80, 75, 17, ConvGeometry.square(7, 2, 3).grouped(17)));
        cases.add(new Case(1, 16, 90, 61, 16, ConvGeometry.square(5, 1, 2).grouped(16)));
        // Groups of few channels: within vectors, across them, with other numbers of outputs; rows of several tiles.
        for (int inputs : new int[] {2, 3, 4, 5, 8, 16}) {
            int groups = 44 / inputs;
            int channels = groups * inputs;
            for (int stride = 1; stride <= 2; stride++) {
                cases.add(new Case(
                        2,
                        channels,
                        9,
                        17,
                        channels,
                        ConvGeometry.square(3, stride, 1).grouped(groups)));
                cases.add(new Case(
                        1,
                        channels,
                        7,
                        8,
                        channels * 2,
                        ConvGeometry.square(3, stride, 1).grouped(groups)));
            }
            cases.add(new Case(
                    1, channels, 6, 7, channels, ConvGeometry.square(1, 1, 0).grouped(groups)));
        }
        cases.add(new Case(1, 24, 8, 9, 12, ConvGeometry.square(3, 1, 1).grouped(6)));
        cases.add(new Case(2, 20, 33, 30, 20, ConvGeometry.square(5, 1, 2).grouped(5)));
        cases.add(new Case(1, 16, 12, 11, 16, new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 4)));
        cases.add(new Case(1, 16, 12, 11, 32, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 8)));
        cases.add(new Case(3, 12, 2, 2, 12, ConvGeometry.square(3, 1, 1).grouped(3)));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward(Case c) {
        compare(
                c,
                c.y(),
                Role.ACTIVATION,
                (b, y) -> b.convolution()
                        .forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry, Epilogue.NONE, y));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardInput(Case c) {
        compare(
                c,
                c.x(),
                Role.ACTIVATION,
                (b, dx) -> b.convolution()
                        .backwardInput(images(b, c.y(), 3), parameter(b, c.weights(), 2), c.geometry, dx));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardWeight(Case c) {
        compare(
                c,
                c.weights(),
                Role.PARAMETER,
                (b, dw) -> b.convolution().backwardWeight(images(b, c.x(), 1), images(b, c.y(), 3), c.geometry, dw));
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void epilogue(Activation.Kind kind) {
        var activation = new Activation(kind, 0.1f);
        for (Case c : List.of(
                new Case(2, 17, 9, 9, 35, ConvGeometry.square(3, 1, 1)),
                new Case(2, 17, 5, 6, 35, ConvGeometry.square(1, 1, 0)),
                new Case(3, 32, 7, 7, 48, ConvGeometry.square(1, 1, 0)),
                new Case(2, 70, 14, 16, 35, ConvGeometry.square(3, 2, 1)),
                new Case(3, 17, 2, 2, 35, ConvGeometry.square(3, 1, 1)),
                new Case(2, 20, 7, 6, 20, ConvGeometry.square(5, 1, 2).grouped(20)),
                new Case(2, 3, 9, 9, 35, ConvGeometry.square(5, 2, 2)))) {
            compare(c, c.y(), Role.ACTIVATION, (b, y) -> {
                var epilogue = new Epilogue(parameter(b, Shape.of(c.k), 5), images(b, c.y(), 6), activation);
                b.convolution().forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry, epilogue, y);
            });
            compare(c, c.y(), Role.ACTIVATION, (b, y) -> {
                b.upload(values(c.y(), 6), y);
                var inPlace = new Epilogue(null, y, activation);
                b.convolution().forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry, inPlace, y);
            });
        }
    }

    static List<Case> blurredCases() {
        return cases().stream().filter(c -> c.blurred() != null).toList();
    }

    @ParameterizedTest
    @MethodSource("blurredCases")
    void blur(Case c) {
        Shape blurred = requireNonNull(c.blurred());
        compare(c, blurred, Role.ACTIVATION, (b, y) -> {
            var epilogue = new Epilogue(parameter(b, Shape.of(c.k), 5), null, Activation.leakyRelu(0.1f));
            Storage x = images(b, c.x(), 1);
            Storage w = parameter(b, c.weights(), 2);
            b.convolution().forwardBlurred(x, w, c.geometry, epilogue, y);

            Storage sharp = b.allocate(c.y(), Role.ACTIVATION);
            b.convolution().forward(x, w, c.geometry, epilogue, sharp);
            Storage apart = b.allocate(blurred, Role.ACTIVATION);
            b.pooling().blur(sharp, apart);
            assertThat(download(y)).isEqualTo(download(apart));
        });
    }

    /** Those of what was written, also where the mean is far from 0. */
    @ParameterizedTest
    @MethodSource("cases")
    void statistics(Case c) {
        for (Backend backend : List.of(FAST, ACCURATE)) {
            for (float offset : new float[] {0, 300}) {
                Storage bias = backend.allocate(Shape.of(c.k), Role.PARAMETER);
                backend.fill(bias, offset);
                Storage mean = backend.allocate(Shape.of(c.k), Role.PARAMETER);
                Storage variance = backend.allocate(Shape.of(c.k), Role.PARAMETER);
                Storage y = backend.allocate(c.y(), Role.ACTIVATION);
                var epilogue = Epilogue.bias(bias).with(new Epilogue.Statistics(mean, variance));
                Storage w = parameter(backend, c.weights(), 2);
                backend.convolution().forward(images(backend, c.x(), 1), w, c.geometry, epilogue, y);

                Storage written = REFERENCE.allocate(c.y(), Role.ACTIVATION);
                REFERENCE.upload(download(y), written);
                Storage expectedMean = REFERENCE.allocate(Shape.of(c.k), Role.PARAMETER);
                Storage expectedVariance = REFERENCE.allocate(Shape.of(c.k), Role.PARAMETER);
                REFERENCE.normalisation().statistics(written, expectedMean, expectedVariance);
                for (int k = 0; k < c.k; k++) {
                    double m = download(expectedMean)[k];
                    double v = download(expectedVariance)[k];
                    assertThat((double) download(mean)[k]).isCloseTo(m, within(1e-6 * Math.sqrt(m * m + v)));
                    assertThat((double) download(variance)[k]).isCloseTo(v, within((offset == 0 ? 2e-6 : 3e-5) * v));
                }
            }
        }
    }

    @Test
    void packsAgainWhenTheWeightsChange() {
        var geometry = ConvGeometry.square(3, 1, 1);
        Shape shape = Shape.of(1, 16, 6, 6);
        var x = images(FAST, shape, 1);
        var w = FAST.allocate(Shape.of(16, 16, 3, 3), Role.PARAMETER);
        var y = FAST.allocate(shape, Role.ACTIVATION);
        FAST.fill(w, 1);
        FAST.convolution().forward(x, w, geometry, Epilogue.NONE, y);
        float[] once = download(y);
        FAST.fill(w, 2);
        FAST.convolution().forward(x, w, geometry, Epilogue.NONE, y);
        float[] twice = download(y);
        for (int i = 0; i < once.length; i++) {
            assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-4f));
        }
    }

    /** Weights that stay are packed once; those that change before each use, as in a training, leave nothing behind. */
    @Test
    void keepsOnlyPackedWeightsThatStay() {
        Shape shape = Shape.of(2, 16, 6, 6);
        try (JvmBackend backend = new JvmBackend(BackendOptions.DEFAULT)) {
            var x = images(backend, shape, 1);
            var w = backend.allocate(Shape.of(16, 16, 1, 1), Role.PARAMETER);
            var y = backend.allocate(shape, Role.ACTIVATION);
            backend.fill(w, 1);
            long none = backend.scratch().liveBytes();
            Runnable forward =
                    () -> backend.convolution().forward(x, w, ConvGeometry.square(1, 1, 0), Epilogue.NONE, y);

            forward.run();
            long kept = backend.scratch().liveBytes();
            forward.run();
            assertThat(kept).isGreaterThan(none).isEqualTo(backend.scratch().liveBytes());

            backend.fill(w, 2);
            forward.run();
            assertThat(backend.scratch().liveBytes()).as("after a change").isEqualTo(none);
            forward.run();
            assertThat(backend.scratch().liveBytes()).as("asked for again").isEqualTo(kept);
        }
    }

    /** Who asks for statistics trains, and changes the weights before they are needed again. */
    @Test
    void keepsNoPackedWeightsOfATraining() {
        Shape shape = Shape.of(2, 16, 6, 6);
        try (JvmBackend backend = new JvmBackend(BackendOptions.DEFAULT)) {
            var x = images(backend, shape, 1);
            var w = parameter(backend, Shape.of(16, 16, 1, 1), 2);
            var y = backend.allocate(shape, Role.ACTIVATION);
            var mean = backend.allocate(Shape.of(16), Role.PARAMETER);
            var variance = backend.allocate(Shape.of(16), Role.PARAMETER);
            long none = backend.scratch().liveBytes();
            var statistics = Epilogue.NONE.with(new Epilogue.Statistics(mean, variance));
            backend.convolution().forward(x, w, ConvGeometry.square(1, 1, 0), statistics, y);
            assertThat(backend.scratch().liveBytes()).isEqualTo(none);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesNotDependOnTheThreads(Case c) {
        List<float[]> first = null;
        for (int threads : new int[] {1, 2, 5}) {
            try (Backend b = backend(threads, Precision.FAST)) {
                List<float[]> results = results(b, c);
                if (first == null) {
                    first = results;
                }
                for (int i = 0; i < results.size(); i++) {
                    assertThat(results.get(i)).isEqualTo(first.get(i));
                }
            }
        }
    }

    /** y, dx, dw, the statistics of y and y blurred, for the same images, weights and gradients on every backend. */
    static List<float[]> results(Backend backend, Case c) {
        Storage x = images(backend, c.x(), 1);
        Storage w = parameter(backend, c.weights(), 2);
        Storage dy = images(backend, c.y(), 3);
        Storage y = backend.allocate(c.y(), Role.ACTIVATION);
        Storage dx = backend.allocate(c.x(), Role.ACTIVATION);
        Storage dw = backend.allocate(c.weights(), Role.PARAMETER);
        Storage mean = backend.allocate(Shape.of(c.k), Role.PARAMETER);
        Storage variance = backend.allocate(Shape.of(c.k), Role.PARAMETER);
        var statistics = Epilogue.NONE.with(new Epilogue.Statistics(mean, variance));
        backend.convolution().forward(x, w, c.geometry(), statistics, y);
        backend.convolution().backwardInput(dy, w, c.geometry(), dx);
        backend.convolution().backwardWeight(x, dy, c.geometry(), dw);
        List<Storage> results = new ArrayList<>(List.of(y, dx, dw, mean, variance));
        Shape halved = c.blurred();
        if (halved != null) {
            Storage blurred = backend.allocate(halved, Role.ACTIVATION);
            backend.convolution().forwardBlurred(x, w, c.geometry(), Epilogue.NONE, blurred);
            results.add(blurred);
        }
        return results.stream().map(JvmConvolutionTest::download).toList();
    }

    @AfterAll
    static void close() {
        REFERENCE.close();
        FAST.close();
        ACCURATE.close();
    }

    private interface Operation {
        void on(Backend backend, Storage result);
    }

    private static void compare(Case c, Shape shape, Role role, Operation operation) {
        Storage expected = REFERENCE.allocate(shape, role);
        operation.on(REFERENCE, expected);
        for (Backend backend : List.of(FAST, ACCURATE)) {
            Storage actual = backend.allocate(shape, role);
            if (actual.role() == Role.ACTIVATION) {
                poison((JvmStorage) actual);
            }
            operation.on(backend, actual);
            double error = relativeError(download(actual), download(expected));
            assertThat(error).as("%s on %s", c, backend.description()).isLessThan(c.bound(backend));
            if (actual instanceof JvmStorage images && images.isBlocked()) {
                assertInvariant(images);
            }
        }
    }

    /** Makes visible what is not written. */
    private static void poison(JvmStorage images) {
        BlockedLayout layout = images.layout();
        for (long at = 0; at < images.bytes(); at += Float.BYTES) {
            Lanes.set(images.address() + at, Float.NaN);
        }
        layout.clearHalo(images.address());
    }

    /** The number of zeros is at least that of halo and padding, and what is there is zero. What lies between planes is of no meaning. */
    private static void assertInvariant(JvmStorage images) {
        BlockedLayout layout = images.layout();
        long planeWithHalo = (layout.height() + 2L * layout.halo()) * layout.rowBytes();
        var ones = new float[images.shape().elements()];
        Arrays.fill(ones, 1f);
        try (var memory = new Allocator(0);
                var pool = new WorkerPool(1)) {
            long mask = memory.allocate(layout.bytes()).address();
            layout.write(mask, ones, pool);
            for (long at = 0; at < layout.bytes(); at += Float.BYTES) {
                boolean isBetween = at % layout.planeBytes() >= planeWithHalo;
                if (!isBetween && Lanes.get(mask + at) == 0f && Lanes.get(images.address() + at) != 0f) {
                    throw new AssertionError("halo or padding at byte " + at + " of " + layout + " is "
                            + Lanes.get(images.address() + at));
                }
            }
        }
    }

    static double relativeError(float[] actual, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = (double) actual[i] - expected[i];
            error += d * d;
            norm += (double) expected[i] * expected[i];
        }
        return Math.sqrt(error / Math.max(norm, 1e-30));
    }

    private static Backend backend(int threads, Precision precision) {
        return new JvmBackend(BackendOptions.DEFAULT.withThreads(threads).withPrecision(precision));
    }

    private static float[] values(Shape shape, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    static Storage images(Backend backend, Shape shape, long seed) {
        return filled(backend, shape, Role.ACTIVATION, seed);
    }

    static Storage parameter(Backend backend, Shape shape, long seed) {
        return filled(backend, shape, Role.PARAMETER, seed);
    }

    private static Storage filled(Backend backend, Shape shape, Role role, long seed) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values(shape, seed), storage);
        return storage;
    }

    static float[] download(Storage storage) {
        float[] values = new float[storage.shape().elements()];
        storage.memory().download(storage, values);
        return values;
    }
}
