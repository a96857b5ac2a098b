package dev.squall.jvm.winograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.FramedImages;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** 3x3 convolutions with a stride of 2 by tiles of each size, whether they are chosen or not, against the sums that define them. */
@Tag("fast")
class StridedConvolutionTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend JVM =
            Backends.open("jvm", BackendOptions.DEFAULT.withThreads(1)).backend();

    /** A few times what was measured. */
    private static final double BOUND = 2e-5;

    /** A convolution of images [n, c, h, w] to k channels by tiles of {@code size}. */
    record Case(int n, int c, int h, int w, int k, int padY, int padX, int size) {
        Shape x() {
            return Shape.of(n, c, h, w);
        }

        Shape weights() {
            return Shape.of(k, c, 3, 3);
        }

        Shape y() {
            return geometry().output(x(), weights());
        }

        ConvGeometry geometry() {
            return new ConvGeometry(3, 3, 2, 2, padY, padX, 1, 1, 1);
        }
    }

    /** All that may be left along an edge, planes of edges only, odd and even sides, one block and several, groups of tiles that fill no register tile. */
    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int size = 3; size <= 7; size += 2) {
            for (int side = 5; side <= 4 * size + 2; side++) {
                cases.add(new Case(1 + side % 3, 17, side, 4 * size + 7 - side, 18, 1, 1, size));
            }
            cases.add(new Case(3, 40, 28, 29, 33, 1, 1, size));
            cases.add(new Case(8, 33, 14, 14, 40, 1, 1, size));
            cases.add(new Case(2, 17, 15, 20, 33, 0, 0, size));
            cases.add(new Case(2, 17, 14, 21, 33, 0, 1, size));
            cases.add(new Case(1, 24, 9, 12, 33, 2, 3, size));
        }
        return cases;
    }

    static List<Case> someCases() {
        return cases().stream().filter(c -> c.h >= 14).toList();
    }

    static List<Case> paddedByOne() {
        return cases().stream().filter(c -> c.padY == 1 && c.padX == 1).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward(Case c) {
        Storage expected = storage(REFERENCE, c.y(), Role.ACTIVATION, 4);
        REFERENCE
                .convolution()
                .forward(
                        storage(REFERENCE, c.x(), Role.ACTIVATION, 1),
                        storage(REFERENCE, c.weights(), Role.PARAMETER, 2),
                        c.geometry(),
                        new Epilogue(
                                storage(REFERENCE, Shape.of(c.k), Role.PARAMETER, 3),
                                expected,
                                Activation.leakyRelu(0.1f)),
                        expected);
        JvmStorage actual = storage(c.y(), Role.ACTIVATION, 4);
        var epilogue = new Epilogue(storage(Shape.of(c.k), Role.PARAMETER, 3), actual, Activation.leakyRelu(0.1f));
        forward(c, epilogue, actual, 1);
        assertThat(error(download(actual), download(expected))).isLessThan(BOUND);
        assertHalo(actual);
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void doesNotDependOnTheThreads(Case c) {
        JvmStorage one = storage(c.y(), Role.ACTIVATION, 4);
        forward(c, Epilogue.NONE, one, 1);
        JvmStorage three = storage(c.y(), Role.ACTIVATION, 4);
        forward(c, Epilogue.NONE, three, 3);
        assertThat(download(three)).isEqualTo(download(one));
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void statistics(Case c) {
        Storage mean = JVM.allocate(Shape.of(c.k), Role.PARAMETER);
        Storage variance = JVM.allocate(Shape.of(c.k), Role.PARAMETER);
        JvmStorage y = storage(c.y(), Role.ACTIVATION, 4);
        forward(c, Epilogue.NONE.with(new Epilogue.Statistics(mean, variance)), y, 1);
        Storage written = REFERENCE.allocate(c.y(), Role.ACTIVATION);
        REFERENCE.upload(download(y), written);
        Storage expectedMean = REFERENCE.allocate(Shape.of(c.k), Role.PARAMETER);
        Storage expectedVariance = REFERENCE.allocate(Shape.of(c.k), Role.PARAMETER);
        REFERENCE.normalisation().statistics(written, expectedMean, expectedVariance);
        assertThat(error(download(mean), download(expectedMean))).isLessThan(1e-5);
        assertThat(error(download(variance), download(expectedVariance))).isLessThan(1e-5);
    }

    @ParameterizedTest
    @MethodSource("paddedByOne")
    void backwardInput(Case c) {
        Storage expected = REFERENCE.allocate(c.x(), Role.ACTIVATION);
        REFERENCE
                .convolution()
                .backwardInput(
                        storage(REFERENCE, c.y(), Role.ACTIVATION, 5),
                        storage(REFERENCE, c.weights(), Role.PARAMETER, 2),
                        c.geometry(),
                        expected);
        JvmStorage dx = storage(c.x(), Role.ACTIVATION, 6);
        JvmStorage dy = storage(c.y(), Role.ACTIVATION, 5);
        var tiles = new StridedGradientTiles(c.n, c.h, c.w, c.size);
        inWorkspace(1, workspace -> convolve(c, tiles, dy, TapWindow.Margin.NONE, true, Epilogue.NONE, dx, workspace));
        assertThat(error(download(dx), download(expected))).isLessThan(BOUND);
        assertHalo(dx);
    }

    /** The three of ResNet50 with 8 images; a single image of 512 channels would read more weights than it saves products in training. */
    @Test
    void choice() {
        for (int side : new int[] {56, 28, 14}) {
            Case c = new Case(8, 17, side, side, 17, 1, 1, 7);
            assertThat(TileChoice.forward(c.geometry(), c.x(), c.y(), false))
                    .isInstanceOfSatisfying(
                            StridedTiles.class, tiles -> assertThat(tiles.size).isEqualTo(7));
            assertThat(TileChoice.unit(c.geometry(), c.x(), c.y())).isNull();
        }
        Case large = new Case(8, 17, 56, 56, 17, 1, 1, 7);
        assertThat(TileChoice.inputGradient(large.geometry(), large.x(), large.y()))
                .isInstanceOf(StridedGradientTiles.class);
        Case single = new Case(1, 17, 14, 14, 17, 1, 1, 7);
        assertThat(TileChoice.forward(single.geometry(), single.x(), single.y(), true))
                .isNull();
        Case few = new Case(8, 16, 56, 56, 17, 1, 1, 7);
        assertThat(TileChoice.forward(few.geometry(), few.x(), few.y(), false)).isNull();
    }

    private static WinogradTiles tiles(Case c) {
        return new StridedTiles(c.n, c.y().height(), c.y().width(), c.size, c.padY, c.padX);
    }

    private static TapWindow.Margin margin(Case c) {
        return TapWindow.forward(c.geometry(), c.y().height(), c.y().width()).margin(c.h, c.w);
    }

    private static void forward(Case c, Epilogue epilogue, JvmStorage y, int threads) {
        JvmStorage x = storage(c.x(), Role.ACTIVATION, 1);
        inWorkspace(threads, workspace -> convolve(c, tiles(c), x, margin(c), false, epilogue, y, workspace));
    }

    private static void convolve(
            Case c,
            WinogradTiles tiles,
            JvmStorage input,
            TapWindow.Margin margin,
            boolean transposed,
            Epilogue epilogue,
            JvmStorage output,
            Workspace workspace) {
        var source = DirectWeights.Source.of(storage(c.weights(), Role.PARAMETER, 2), 1, transposed);
        WinogradWeights packed = WinogradWeights.pack(source, transposed, tiles.transform(), workspace);
        int blocks = input.layout().blocks();
        try (var images = new FramedImages(input, margin, workspace);
                var applied = new AppliedEpilogue(epilogue, output, tiles.count(), workspace)) {
            new WinogradConvolution(tiles, images.pixels(), blocks, output, packed, applied, few -> {}, workspace)
                    .run();
            applied.fillStatistics(output);
        }
        packed.free();
    }

    private static void inWorkspace(int threads, Consumer<Workspace> task) {
        try (var pool = new WorkerPool(threads);
                var memory = new Allocator(0)) {
            task.accept(new Workspace(pool, memory));
        }
    }

    /** All around a plane, and in channels that do not exist, there are zeros still. */
    private static void assertHalo(JvmStorage images) {
        BlockedLayout layout = images.layout();
        for (int plane = 0; plane < layout.planes(); plane++) {
            int image = plane / layout.blocks();
            int block = plane % layout.blocks();
            for (int y = -layout.halo(); y < layout.height() + layout.halo(); y++) {
                for (int x = -layout.halo(); x < layout.width() + layout.halo(); x++) {
                    boolean isInside = y >= 0 && y < layout.height() && x >= 0 && x < layout.width();
                    long pixel = images.address() + layout.offset(image, block, y, x);
                    for (int lane = 0; lane < BlockedLayout.BLOCK; lane++) {
                        if (!isInside || !layout.exists(block, lane)) {
                            assertThat(Lanes.get(pixel + (long) lane * Float.BYTES))
                                    .isZero();
                        }
                    }
                }
            }
        }
    }

    private static JvmStorage storage(Shape shape, Role role, int seed) {
        return JvmStorage.of(storage(JVM, shape, role, seed));
    }

    private static Storage storage(Backend backend, Shape shape, Role role, int seed) {
        var random = new SplittableRandom(seed);
        var values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    private static float[] download(Storage storage) {
        var values = new float[storage.shape().elements()];
        storage.memory().download(storage, values);
        return values;
    }

    /** The root of the mean square of the errors, divided by that of what is expected. */
    private static double error(float[] actual, float[] expected) {
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
        JVM.close();
    }
}
