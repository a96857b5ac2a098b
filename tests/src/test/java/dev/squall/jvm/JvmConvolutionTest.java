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

    static List<ConvolutionCase> cases() {
        return ConvolutionCase.all();
    }

    /** The largest relative error; {@link JvmConvolutionPrecisionTest} has tighter ones. Only a Winograd convolution may have more. */
    private static double bound(ConvolutionCase c, Backend backend) {
        boolean isStrided = c.geometry().equals(ConvGeometry.square(3, 2, 1)) && c.c() > BlockedLayout.BLOCK;
        boolean transformed = backend == FAST && (isStrided || c.geometry().equals(ConvGeometry.square(3, 1, 1)));
        return transformed ? 1e-5 : 2e-6;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward(ConvolutionCase c) {
        compare(
                c,
                c.y(),
                Role.ACTIVATION,
                (b, y) -> b.convolution()
                        .forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry(), Epilogue.NONE, y));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardInput(ConvolutionCase c) {
        compare(
                c,
                c.x(),
                Role.ACTIVATION,
                (b, dx) -> b.convolution()
                        .backwardInput(images(b, c.y(), 3), parameter(b, c.weights(), 2), c.geometry(), dx));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardWeight(ConvolutionCase c) {
        compare(
                c,
                c.weights(),
                Role.PARAMETER,
                (b, dw) -> b.convolution().backwardWeight(images(b, c.x(), 1), images(b, c.y(), 3), c.geometry(), dw));
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void epilogue(Activation.Kind kind) {
        var activation = new Activation(kind, 0.1f);
        for (ConvolutionCase c : List.of(
                new ConvolutionCase(2, 17, 9, 9, 35, ConvGeometry.square(3, 1, 1)),
                new ConvolutionCase(2, 17, 5, 6, 35, ConvGeometry.square(1, 1, 0)),
                new ConvolutionCase(3, 32, 7, 7, 48, ConvGeometry.square(1, 1, 0)),
                new ConvolutionCase(2, 32, 57, 57, 96, ConvGeometry.square(1, 1, 0)),
                new ConvolutionCase(2, 70, 14, 16, 35, ConvGeometry.square(3, 2, 1)),
                new ConvolutionCase(3, 17, 2, 2, 35, ConvGeometry.square(3, 1, 1)),
                new ConvolutionCase(
                        2, 20, 7, 6, 20, ConvGeometry.square(5, 1, 2).grouped(20)),
                new ConvolutionCase(
                        2, 20, 7, 9, 20, ConvGeometry.square(3, 1, 1).grouped(5)),
                new ConvolutionCase(2, 3, 9, 9, 35, ConvGeometry.square(5, 2, 2)))) {
            compare(c, c.y(), Role.ACTIVATION, (b, y) -> {
                var epilogue = new Epilogue(parameter(b, Shape.of(c.k()), 5), images(b, c.y(), 6), activation);
                b.convolution().forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry(), epilogue, y);
            });
            compare(c, c.y(), Role.ACTIVATION, (b, y) -> {
                b.upload(values(c.y(), 6), y);
                var inPlace = new Epilogue(null, y, activation);
                b.convolution().forward(images(b, c.x(), 1), parameter(b, c.weights(), 2), c.geometry(), inPlace, y);
            });
        }
    }

    static List<ConvolutionCase> blurredCases() {
        return cases().stream().filter(c -> c.blurred() != null).toList();
    }

    @ParameterizedTest
    @MethodSource("blurredCases")
    void blur(ConvolutionCase c) {
        Shape blurred = requireNonNull(c.blurred());
        compare(c, blurred, Role.ACTIVATION, (b, y) -> {
            var epilogue = new Epilogue(parameter(b, Shape.of(c.k()), 5), null, Activation.leakyRelu(0.1f));
            Storage x = images(b, c.x(), 1);
            Storage w = parameter(b, c.weights(), 2);
            b.convolution().forwardBlurred(x, w, c.geometry(), epilogue, y);

            Storage sharp = b.allocate(c.y(), Role.ACTIVATION);
            b.convolution().forward(x, w, c.geometry(), epilogue, sharp);
            Storage apart = b.allocate(blurred, Role.ACTIVATION);
            b.pooling().blur(sharp, apart);
            assertThat(download(y)).isEqualTo(download(apart));
        });
    }

    /** Those of what was written, also where the mean is far from 0. */
    @ParameterizedTest
    @MethodSource("cases")
    void statistics(ConvolutionCase c) {
        for (Backend backend : List.of(FAST, ACCURATE)) {
            for (float offset : new float[] {0, 300}) {
                Storage bias = backend.allocate(Shape.of(c.k()), Role.PARAMETER);
                backend.fill(bias, offset);
                Storage mean = backend.allocate(Shape.of(c.k()), Role.PARAMETER);
                Storage variance = backend.allocate(Shape.of(c.k()), Role.PARAMETER);
                Storage y = backend.allocate(c.y(), Role.ACTIVATION);
                var epilogue = Epilogue.bias(bias).with(new Epilogue.Statistics(mean, variance));
                Storage w = parameter(backend, c.weights(), 2);
                backend.convolution().forward(images(backend, c.x(), 1), w, c.geometry(), epilogue, y);

                Storage written = REFERENCE.allocate(c.y(), Role.ACTIVATION);
                REFERENCE.upload(download(y), written);
                Storage expectedMean = REFERENCE.allocate(Shape.of(c.k()), Role.PARAMETER);
                Storage expectedVariance = REFERENCE.allocate(Shape.of(c.k()), Role.PARAMETER);
                REFERENCE.normalisation().statistics(written, expectedMean, expectedVariance);
                for (int k = 0; k < c.k(); k++) {
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
    void doesNotDependOnTheThreads(ConvolutionCase c) {
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
    static List<float[]> results(Backend backend, ConvolutionCase c) {
        Storage x = images(backend, c.x(), 1);
        Storage w = parameter(backend, c.weights(), 2);
        Storage dy = images(backend, c.y(), 3);
        Storage y = backend.allocate(c.y(), Role.ACTIVATION);
        Storage dx = backend.allocate(c.x(), Role.ACTIVATION);
        Storage dw = backend.allocate(c.weights(), Role.PARAMETER);
        Storage mean = backend.allocate(Shape.of(c.k()), Role.PARAMETER);
        Storage variance = backend.allocate(Shape.of(c.k()), Role.PARAMETER);
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

    private static void compare(ConvolutionCase c, Shape shape, Role role, Operation operation) {
        Storage expected = REFERENCE.allocate(shape, role);
        operation.on(REFERENCE, expected);
        for (Backend backend : List.of(FAST, ACCURATE)) {
            Storage actual = backend.allocate(shape, role);
            if (actual.role() == Role.ACTIVATION) {
                poison((JvmStorage) actual);
            }
            operation.on(backend, actual);
            double error = relativeError(download(actual), download(expected));
            assertThat(error).as("%s on %s", c, backend.description()).isLessThan(bound(c, backend));
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
