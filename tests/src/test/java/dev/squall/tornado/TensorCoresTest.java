package dev.squall.tornado;

import static dev.squall.tornado.TornadoFixture.REFERENCE;
import static dev.squall.tornado.TornadoFixture.download;
import static dev.squall.tornado.TornadoFixture.relativeError;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.kernel.ConvolutionCoreKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.WeightGradientCoreKernels;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products and convolutions as tensor cores compute them, in the simulator, which lets a warp exchange its fragments as NVIDIA documents them. Of operands that are FP16 anyway the result is that of single precision;
 * others are rounded, each by at most 2^-11 of it, so that the norm of the error is at most 2^-10 of that of a result without cancellation.
 */
@Tag("sim")
class TensorCoresTest {
    private static final double SAME = 1e-6;
    private static final double ROUNDED = 0x1p-10;

    private static TornadoVmBackend backend;

    @BeforeAll
    static void open() {
        backend = mixed(1);
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    private static TornadoVmBackend mixed(int arenas) {
        System.setProperty("squall.tornado.arena", Long.toString((64L << 20) / arenas));
        try {
            return new TornadoVmBackend(
                    BackendOptions.DEFAULT.withPrecision(Precision.MIXED).withMemoryBytes(64L << 20), true);
        } finally {
            System.clearProperty("squall.tornado.arena");
        }
    }

    /** Multiples of 1/16 in [-1, 1], or what they are not. */
    private static Storage filled(Backend backend, Shape shape, Role role, long seed, boolean halves) {
        Storage storage = backend.allocate(shape, role);
        float[] values = TornadoFixture.values(shape, seed);
        for (int i = 0; halves && i < values.length; i++) {
            values[i] = Math.round(values[i] * 16) / 16f;
        }
        backend.upload(values, storage);
        return storage;
    }

    private static void compare(
            Kernel kernel, Shape shape, Role role, double tolerance, TornadoFixture.Computation computation) {
        Storage expected = REFERENCE.allocate(shape, role);
        computation.on(REFERENCE, expected);
        TornadoStorage actual = (TornadoStorage) backend.allocate(shape, role);
        backend.fill(TornadoFixture.physical(actual), Float.NaN);
        int before = launches(kernel);
        computation.on(backend, actual);
        assertThat(relativeError(download(actual), download(expected))).isLessThan(tolerance);
        TornadoFixture.assertPaddingIsZero(actual);
        assertThat(launches(kernel)).as("launches of %s", kernel.name()).isEqualTo(before + 1);
        backend.free(actual);
    }

    private static int launches(Kernel kernel) {
        return backend.launcher().device().launchesByKernel().getOrDefault(kernel.name(), 0);
    }

    /** Rows, columns, depth, whether sides are transposed, and whether the right one is packed. */
    record Product(int m, int n, int k, boolean transposeA, boolean transposeB, Role right) {
        void on(Backend backend, Storage c, boolean halves) {
            Storage a = filled(backend, transposeA ? Shape.of(k, m) : Shape.of(m, k), Role.ACTIVATION, 1, halves);
            Storage b = filled(backend, transposeB ? Shape.of(n, k) : Shape.of(k, n), right, 2, halves);
            backend.matmul().matmul(a, transposeA, b, transposeB, c);
            backend.free(a);
            backend.free(b);
        }
    }

    static List<Product> products() {
        return List.of(
                new Product(16, 8, 16, false, false, Role.PARAMETER),
                new Product(1, 1, 1, false, false, Role.ACTIVATION),
                new Product(3, 10, 17, false, true, Role.PARAMETER),
                new Product(17, 24, 5, true, false, Role.ACTIVATION),
                new Product(48, 72, 33, false, false, Role.ACTIVATION),
                new Product(130, 66, 20, true, true, Role.PARAMETER),
                new Product(144, 72, 31, false, true, Role.PARAMETER),
                new Product(20, 200, 18, true, false, Role.PARAMETER));
    }

    @ParameterizedTest
    @MethodSource("products")
    void product(Product p) {
        Shape c = Shape.of(p.m, p.n);
        compare(MatmulCoreKernels.PRODUCT, c, Role.ACTIVATION, SAME, (b, to) -> p.on(b, to, true));
    }

    @Test
    void productInParts() {
        inParts(() -> product(new Product(9, 21, 700, false, false, Role.PARAMETER)));
    }

    private static void inParts(Runnable test) {
        System.setProperty(Split.PROCESSORS, "100");
        try {
            test.run();
        } finally {
            System.clearProperty(Split.PROCESSORS);
        }
    }

    /** A convolution of n images of c channels to k. */
    record Case(int n, int c, int h, int w, int k, ConvGeometry geometry) {
        Shape x() {
            return Shape.of(n, c, h, w);
        }

        Shape weights() {
            return Shape.of(k, c, geometry.kernelH(), geometry.kernelW());
        }

        Shape y() {
            return geometry.output(x(), weights());
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case(1, 16, 4, 4, 16, ConvGeometry.square(1, 1, 0)),
                new Case(2, 64, 5, 3, 24, ConvGeometry.square(3, 1, 1)),
                new Case(3, 3, 7, 6, 66, ConvGeometry.square(3, 1, 1)),
                new Case(5, 24, 5, 6, 72, ConvGeometry.square(3, 1, 1)),
                new Case(5, 48, 6, 6, 9, ConvGeometry.square(1, 1, 0)),
                new Case(2, 32, 4, 5, 136, ConvGeometry.square(3, 1, 1)),
                new Case(2, 128, 4, 4, 64, ConvGeometry.square(1, 2, 0)),
                new Case(1, 64, 9, 7, 16, ConvGeometry.square(3, 2, 1)),
                new Case(3, 12, 11, 10, 17, new ConvGeometry(3, 5, 2, 3, 1, 2, 1, 1, 1)),
                new Case(1, 9, 8, 9, 20, new ConvGeometry(3, 5, 1, 1, 2, 2, 2, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void convolution(Case c) {
        convolution(c, true, SAME);
    }

    @Test
    void roundTheirOperands() {
        compare(
                MatmulCoreKernels.PRODUCT,
                Shape.of(16, 24),
                Role.ACTIVATION,
                ROUNDED,
                (b, to) -> new Product(16, 24, 40, false, true, Role.PARAMETER).on(b, to, false));
        convolution(new Case(2, 64, 3, 3, 24, ConvGeometry.square(1, 1, 0)), false, ROUNDED);
    }

    private static void convolution(Case c, boolean halves, double tolerance) {
        // Images lie in memory as halves.
        compare(ConvolutionCoreKernels.CONVOLVE, c.y(), Role.ACTIVATION, ROUNDED, (b, y) -> {
            Storage x = filled(b, c.x(), Role.ACTIVATION, 1, halves);
            Storage w = filled(b, c.weights(), Role.PARAMETER, 2, halves);
            b.convolution().forward(x, w, c.geometry, Epilogue.NONE, y);
        });
        compare(ConvolutionCoreKernels.CONVOLVE, c.x(), Role.ACTIVATION, ROUNDED, (b, dx) -> {
            Storage dy = filled(b, c.y(), Role.ACTIVATION, 3, halves);
            Storage w = filled(b, c.weights(), Role.PARAMETER, 2, halves);
            b.convolution().backwardInput(dy, w, c.geometry, dx);
        });
        int rows = Math.ceilDiv(c.c, 8) * 8;
        if (WeightGradientCoreKernels.takes(c.geometry.kernelH() * c.geometry.kernelW(), rows)) {
            compare(WeightGradientCoreKernels.WEIGHT_GRADIENT, c.weights(), Role.PARAMETER, tolerance, (b, dw) -> {
                Storage x = filled(b, c.x(), Role.ACTIVATION, 1, halves);
                Storage dy = filled(b, c.y(), Role.ACTIVATION, 3, halves);
                b.convolution().backwardWeight(x, dy, c.geometry, dw);
            });
        }
    }

    @Test
    void withWhatComesAfterAConvolution() {
        Case c = new Case(2, 16, 4, 5, 13, ConvGeometry.square(3, 1, 1));
        compare(ConvolutionCoreKernels.CONVOLVE, c.y(), Role.ACTIVATION, ROUNDED, (b, y) -> {
            Storage x = filled(b, c.x(), Role.ACTIVATION, 1, true);
            Storage w = filled(b, c.weights(), Role.PARAMETER, 2, true);
            Storage bias = filled(b, Shape.of(c.k), Role.PARAMETER, 4, true);
            Storage residual = filled(b, c.y(), Role.ACTIVATION, 5, true);
            b.convolution().forward(x, w, c.geometry, new Epilogue(bias, residual, Activation.leakyRelu(0.25f)), y);
        });
    }

    @Test
    void convolutionInParts() {
        inParts(() -> convolution(new Case(2, 64, 5, 4, 40, ConvGeometry.square(3, 1, 1))));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void theSelfTestPasses(int arenas) {
        try (TornadoVmBackend other = mixed(arenas)) {
            SelfTest.run(other, true);
            assertThat(other.launcher().device().launchesByKernel())
                    .containsKeys(
                            MatmulCoreKernels.PRODUCT.name(),
                            ConvolutionCoreKernels.CONVOLVE.name(),
                            WeightGradientCoreKernels.WEIGHT_GRADIENT.name());
        }
    }

    @Test
    void areNotUsedInOtherPrecisions() {
        assertThat(TornadoFixture.GPU.launcher().multipliesHalves()).isFalse();
        assertThat(backend.launcher().multipliesHalves()).isTrue();
    }
}
