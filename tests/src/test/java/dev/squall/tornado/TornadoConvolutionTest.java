package dev.squall.tornado;

import static dev.squall.tornado.TornadoFixture.activation;
import static dev.squall.tornado.TornadoFixture.compare;
import static dev.squall.tornado.TornadoFixture.download;
import static dev.squall.tornado.TornadoFixture.parameter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Tiling;
import dev.squall.tornado.kernel.Tiles;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions and their derivatives, on the kernels for processors and on those for GPUs, against the sums that define them. */
@Tag("sim")
@Tag("opencl")
class TornadoConvolutionTest {
    private static final double TOLERANCE = 2e-6;

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
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        int[] channels = {1, 3, 5, 9, 17};
        for (int i = 0; i < channels.length; i++) {
            for (int j = 0; j < channels.length; j++) {
                int size = 1 + (3 * i + 2 * j) % 9;
                cases.add(new Case(1, channels[i], size, size, channels[j], ConvGeometry.square(3, 1, 1)));
            }
            cases.add(new Case(2, channels[i], 2 * i + 1, 9 - 2 * i, channels[4 - i], ConvGeometry.square(1, 1, 0)));
            cases.add(new Case(2, channels[i], 4 + i, 8 - i, 5, ConvGeometry.square(3, 2, 1)));
        }
        cases.add(new Case(3, 4, 7, 7, 33, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(1, 70, 3, 2, 66, ConvGeometry.square(3, 1, 1)));
        // Several tiles and rounds: channels that are no multiple of 16, so that rounds have two taps, and images
        // smaller than a round of pixels.
        cases.add(new Case(9, 24, 5, 6, 72, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(21, 40, 3, 1, 24, ConvGeometry.square(3, 2, 1)));
        cases.add(new Case(150, 17, 1, 1, 65, ConvGeometry.square(1, 1, 0)));
        cases.add(new Case(3, 8, 11, 9, 136, ConvGeometry.square(3, 1, 1)));
        cases.add(new Case(1, 6, 9, 8, 6, ConvGeometry.square(1, 2, 0)));
        cases.add(new Case(1, 3, 9, 9, 6, ConvGeometry.square(7, 2, 3)));
        cases.add(new Case(1, 4, 8, 8, 6, ConvGeometry.square(4, 4, 0)));
        cases.add(new Case(1, 4, 9, 7, 6, ConvGeometry.square(2, 3, 1)));
        cases.add(new Case(1, 6, 9, 8, 8, new ConvGeometry(3, 5, 2, 1, 0, 3, 2, 1, 1)));
        cases.add(new Case(1, 6, 8, 9, 20, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 2)));
        cases.add(new Case(1, 6, 7, 7, 20, new ConvGeometry(1, 3, 1, 3, 2, 0, 1, 3, 1)));
        cases.add(new Case(1, 32, 4, 4, 64, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new Case(1, 32, 5, 4, 32, ConvGeometry.square(3, 2, 1).grouped(8)));
        cases.add(new Case(1, 12, 5, 5, 18, ConvGeometry.square(3, 1, 1).grouped(3)));
        cases.add(new Case(1, 20, 6, 6, 20, ConvGeometry.square(1, 1, 0).grouped(4)));
        cases.add(new Case(1, 8, 6, 5, 16, ConvGeometry.square(3, 1, 1).grouped(8)));
        cases.add(new Case(2, 9, 7, 6, 9, ConvGeometry.square(3, 1, 1).grouped(9)));
        cases.add(new Case(1, 35, 7, 8, 35, ConvGeometry.square(5, 2, 2).grouped(35)));
        cases.add(new Case(1, 17, 9, 9, 17, new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 17)));
        for (int groupSize : new int[] {1, 2, 4, 8}) {
            for (int kernel : new int[] {1, 2, 3, 5, 7}) {
                for (int stride : new int[] {1, 2}) {
                    cases.add(grouped(groupSize, kernel, stride));
                }
            }
            int c = 3 * groupSize;
            cases.add(new Case(2, c, 6, 1, c, ConvGeometry.square(3, 1, 1).grouped(3)));
            cases.add(new Case(1, c, 1, 7, c, ConvGeometry.square(5, 1, 2).grouped(3)));
            cases.add(new Case(1, c, 5, 6, c, ConvGeometry.square(3, 1, 0).grouped(3)));
            cases.add(new Case(1, c, 5, 6, c, ConvGeometry.square(3, 1, 2).grouped(3)));
            cases.add(new Case(1, c, 8, 9, c, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 3)));
            cases.add(new Case(1, c, 8, 9, c, new ConvGeometry(3, 3, 2, 1, 1, 1, 1, 1, 3)));
            cases.add(new Case(1, c, 9, 8, c, new ConvGeometry(3, 5, 1, 1, 1, 2, 2, 1, 3)));
            cases.add(new Case(1, c, 9, 9, c, new ConvGeometry(5, 3, 1, 3, 2, 1, 1, 1, 3)));
        }
        for (int groupSize : new int[] {3, 5, 6, 16}) {
            int c = 2 * groupSize;
            cases.add(new Case(1, c, 5, 6, c, ConvGeometry.square(3, 1, 1).grouped(2)));
            cases.add(new Case(1, c, 6, 5, c, ConvGeometry.square(3, 2, 1).grouped(2)));
        }
        return cases;
    }

    /** Groups with as many channels out as in, on images of odd sizes; the last vector is not full unless its group is. */
    private static Case grouped(int groupSize, int kernel, int stride) {
        int groups = 1 + 16 / groupSize;
        int c = groups * groupSize;
        return new Case(
                2,
                c,
                kernel + 2,
                kernel + 5,
                c,
                ConvGeometry.square(kernel, stride, kernel / 2).grouped(groups));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forward(Case c) {
        compare(c, c.y(), Role.ACTIVATION, TOLERANCE, (b, y) -> forward(b, c, Epilogue.NONE, y));
    }

    private static void forward(Backend b, Case c, Epilogue epilogue, Storage y) {
        Storage x = activation(b, c.x(), 1);
        Storage w = parameter(b, c.weights(), 2);
        b.convolution().forward(x, w, c.geometry, epilogue, y);
        b.free(x);
        b.free(w);
    }

    @Test
    void isTheSumOfPartsWhereTheDeviceHasMoreProcessorsThanTheResultTiles() {
        Case c = new Case(1, 60, 3, 2, 60, ConvGeometry.square(5, 1, 2));
        TornadoMatmulTest.inParts(() -> {
            forward(c);
            backwardInput(c);
        });
    }

    static List<Case> casesOfWideTiles() {
        return List.of(
                new Case(1, 3, 4, 3, 17, ConvGeometry.square(3, 1, 1)),
                new Case(1, 70, 3, 2, 66, ConvGeometry.square(3, 1, 1)),
                new Case(9, 24, 5, 6, 72, ConvGeometry.square(3, 1, 1)),
                new Case(21, 40, 3, 1, 24, ConvGeometry.square(3, 2, 1)),
                new Case(150, 17, 1, 1, 130, ConvGeometry.square(1, 1, 0)),
                new Case(3, 136, 11, 9, 8, ConvGeometry.square(3, 1, 1)),
                new Case(1, 6, 9, 8, 8, new ConvGeometry(3, 5, 2, 1, 0, 3, 2, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("casesOfWideTiles")
    void isTheSameInWideTiles(Case c) {
        inTilesOf(Tiles.WIDE_COLUMNS, () -> {
            forward(c);
            backwardInput(c);
            backwardWeight(c);
        });
    }

    @Test
    void wideTilesHaveEpiloguesAndParts() {
        inTilesOf(Tiles.WIDE_COLUMNS, () -> {
            epilogue(Activation.Kind.LEAKY_RELU);
            epilogue(Activation.Kind.IDENTITY);
            isTheSumOfPartsWhereTheDeviceHasMoreProcessorsThanTheResultTiles();
            aWeightGradientOfManyPixelsAddsRanges();
        });
    }

    /** Whatever takes less time. */
    private static void inTilesOf(int columns, Runnable test) {
        System.setProperty(Tiling.COLUMNS, Integer.toString(columns));
        try {
            test.run();
        } finally {
            System.clearProperty(Tiling.COLUMNS);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardInput(Case c) {
        compare(c, c.x(), Role.ACTIVATION, TOLERANCE, (b, dx) -> {
            Storage dy = activation(b, c.y(), 3);
            Storage w = parameter(b, c.weights(), 2);
            b.convolution().backwardInput(dy, w, c.geometry, dx);
            b.free(dy);
            b.free(w);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwardWeight(Case c) {
        compare(c, c.weights(), Role.PARAMETER, TOLERANCE, (b, dw) -> backwardWeight(b, c, dw));
    }

    private static void backwardWeight(Backend b, Case c, Storage dw) {
        Storage x = activation(b, c.x(), 1);
        Storage dy = activation(b, c.y(), 3);
        b.convolution().backwardWeight(x, dy, c.geometry, dw);
        b.free(x);
        b.free(dy);
    }

    @Test
    void aWeightGradientOfManyPixelsAddsRanges() {
        var dense = new Case(3, 3, 20, 21, 5, ConvGeometry.square(3, 1, 1));
        var depthwise = new Case(2, 3, 27, 40, 3, ConvGeometry.square(3, 1, 1).grouped(3));
        for (Case c : List.of(dense, depthwise)) {
            compare(c, c.weights(), Role.PARAMETER, TOLERANCE, (b, dw) -> backwardWeight(b, c, dw));
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void epilogue(Activation.Kind kind) {
        var activation = new Activation(kind, kind == Activation.Kind.LEAKY_RELU ? 0.1f : 0f);
        for (Case c : List.of(
                new Case(1, 3, 4, 3, 17, ConvGeometry.square(3, 1, 1)),
                new Case(1, 5, 4, 5, 5, ConvGeometry.square(3, 2, 1).grouped(5)),
                new Case(1, 4, 4, 5, 6, ConvGeometry.square(3, 1, 1).grouped(2)))) {
            compare(c + " bias, residual", c.y(), Role.ACTIVATION, TOLERANCE, (b, y) -> {
                Storage bias = parameter(b, Shape.of(c.k), 5);
                Storage residual = activation(b, c.y(), 6);
                forward(b, c, new Epilogue(bias, residual, activation), y);
                b.free(bias);
                b.free(residual);
            });
            compare(c + " residual in place", c.y(), Role.ACTIVATION, TOLERANCE, (b, y) -> {
                b.upload(TornadoFixture.values(c.y(), 6), y);
                forward(b, c, new Epilogue(null, y, activation), y);
            });
        }
    }

    @Test
    void packsAgainWhenTheWeightsChange() {
        TornadoVmBackend backend = TornadoFixture.CPU;
        long before = backend.liveBytes();
        Storage x = activation(backend, Shape.of(1, 3, 4, 4), 1);
        Storage w = backend.allocate(Shape.of(5, 3, 3, 3), Role.PARAMETER);
        Storage y = backend.allocate(Shape.of(1, 5, 4, 4), Role.ACTIVATION);
        var geometry = ConvGeometry.square(3, 1, 1);
        backend.fill(w, 1);
        backend.convolution().forward(x, w, geometry, Epilogue.NONE, y);
        float[] once = download(y);
        backend.fill(w, 2);
        backend.convolution().forward(x, w, geometry, Epilogue.NONE, y);
        float[] twice = download(y);
        for (int i = 0; i < once.length; i++) {
            assertThat(twice[i]).isEqualTo(2 * once[i]);
        }
        List.of(x, w, y).forEach(backend::free);
        assertThat(backend.liveBytes())
                .as("what was packed is freed with the weights")
                .isEqualTo(before);
    }
}
