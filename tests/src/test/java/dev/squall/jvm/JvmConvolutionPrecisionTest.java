package dev.squall.jvm;

import static dev.squall.jvm.JvmConvolutionTest.relativeError;
import static dev.squall.jvm.JvmConvolutionTest.results;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.reference.ReferenceBackend;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * How far each way to compute a convolution is from sums in double precision, at sizes that occur in networks: the root of the mean square of
 * the errors, divided by that of the results. A bound is three to four times what was measured.
 */
@Tag("fast")
class JvmConvolutionPrecisionTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend FAST = new JvmBackend(BackendOptions.DEFAULT.withPrecision(Precision.FAST));
    private static final Backend ACCURATE = new JvmBackend(BackendOptions.DEFAULT.withPrecision(Precision.ACCURATE));

    /** The largest errors of the three directions. */
    private record Bounds(double forward, double backwardInput, double backwardWeight) {
        /** Of the result with that index; behind the three directions come those that follow from the forward pass. */
        double of(int result) {
            return switch (result) {
                case 1 -> backwardInput;
                case 2 -> backwardWeight;
                default -> forward;
            };
        }
    }

    private record Path(String name, ConvolutionCase convolution, Bounds fast, Bounds accurate) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Path same(String name, ConvolutionCase convolution, Bounds bounds) {
        return new Path(name, convolution, bounds, bounds);
    }

    static final List<Path> PATHS = List.of(
            new Path(
                    "3x3, 64 channels",
                    new ConvolutionCase(1, 64, 28, 28, 64, ConvGeometry.square(3, 1, 1)),
                    new Bounds(6e-6, 6e-6, 7e-6),
                    new Bounds(7e-7, 7e-7, 1.7e-6)),
            new Path(
                    "3x3, 256 channels",
                    new ConvolutionCase(2, 256, 14, 14, 128, ConvGeometry.square(3, 1, 1)),
                    new Bounds(1e-5, 8e-6, 4e-6),
                    new Bounds(7e-7, 7e-7, 9e-7)),
            new Path(
                    "3x3, 64 channels, tiles of 6x6",
                    new ConvolutionCase(8, 64, 28, 28, 64, ConvGeometry.square(3, 1, 1)),
                    new Bounds(1.1e-5, 1.1e-5, 1.8e-5),
                    new Bounds(7e-7, 7e-7, 1.7e-6)),
            new Path(
                    "3x3, 256 channels, tiles of 6x6",
                    new ConvolutionCase(8, 256, 14, 14, 128, ConvGeometry.square(3, 1, 1)),
                    new Bounds(1.8e-5, 1.4e-5, 1e-5),
                    new Bounds(7e-7, 7e-7, 9e-7)),
            new Path(
                    "3x3, 512 channels",
                    new ConvolutionCase(4, 512, 7, 7, 64, ConvGeometry.square(3, 1, 1)),
                    new Bounds(1.2e-5, 5e-6, 3e-6),
                    new Bounds(7e-7, 7e-7, 6e-7)),
            new Path(
                    "3x3, stride 2, 14x14",
                    new ConvolutionCase(2, 64, 14, 14, 64, ConvGeometry.square(3, 2, 1)),
                    new Bounds(1.5e-6, 8e-7, 9e-7),
                    new Bounds(7e-7, 6e-7, 9e-7)),
            new Path(
                    "3x3, stride 2, 56x56",
                    new ConvolutionCase(8, 64, 56, 56, 64, ConvGeometry.square(3, 2, 1)),
                    new Bounds(1.4e-5, 1.4e-5, 3e-6),
                    new Bounds(7e-7, 6e-7, 3e-6)),
            new Path(
                    "7x7, stride 2",
                    new ConvolutionCase(2, 3, 56, 56, 64, ConvGeometry.square(7, 2, 3)),
                    new Bounds(7e-7, 1.7e-6, 1.7e-6),
                    new Bounds(7e-7, 9e-7, 1.7e-6)),
            new Path(
                    "1x1",
                    new ConvolutionCase(2, 256, 28, 28, 64, ConvGeometry.square(1, 1, 0)),
                    // The gradient of the input sums 64 channels, too few for seven products or for sums in parts.
                    new Bounds(1e-6, 5e-7, 1.8e-6),
                    new Bounds(7e-7, 5e-7, 1.8e-6)),
            new Path(
                    "1x1, 2048 channels",
                    new ConvolutionCase(4, 2048, 7, 7, 64, ConvGeometry.square(1, 1, 0)),
                    new Bounds(3e-6, 5e-7, 9e-7),
                    new Bounds(7e-7, 5e-7, 9e-7)),
            same(
                    "grouped",
                    new ConvolutionCase(
                            2, 128, 28, 28, 128, ConvGeometry.square(3, 1, 1).grouped(32)),
                    new Bounds(4e-7, 4e-7, 1.7e-6)),
            same(
                    "depthwise",
                    new ConvolutionCase(
                            2, 96, 28, 28, 96, ConvGeometry.square(3, 1, 1).grouped(96)),
                    new Bounds(2.1e-7, 2.1e-7, 1.3e-6)),
            same(
                    "depthwise 7x7, stride 2",
                    new ConvolutionCase(
                            2, 96, 28, 28, 96, ConvGeometry.square(7, 2, 3).grouped(96)),
                    new Bounds(4e-7, 2.4e-7, 7e-7)));

    @ParameterizedTest
    @FieldSource("PATHS")
    void staysWithinItsBound(Path path) {
        List<float[]> exact = results(REFERENCE, path.convolution);
        check(exact, results(FAST, path.convolution), path.fast);
        check(exact, results(ACCURATE, path.convolution), path.accurate);
    }

    /** Sums of few terms are the same in both modes, what is transformed or summed in parts is not: else one of the bounds above means nothing. */
    @ParameterizedTest
    @FieldSource("PATHS")
    void theModesDifferWhereTheirBoundsDo(Path path) {
        List<float[]> fast = results(FAST, path.convolution);
        List<float[]> accurate = results(ACCURATE, path.convolution);
        for (int i = 0; i < fast.size(); i++) {
            boolean equal = Arrays.equals(fast.get(i), accurate.get(i));
            assertThat(equal).as("result %d", i).isEqualTo(path.fast.of(i) == path.accurate.of(i));
        }
    }

    private static void check(List<float[]> exact, List<float[]> actual, Bounds bounds) {
        assertThat(relativeError(actual.get(0), exact.get(0))).as("forward").isLessThan(bounds.forward);
        assertThat(relativeError(actual.get(1), exact.get(1)))
                .as("backwardInput")
                .isLessThan(bounds.backwardInput);
        assertThat(relativeError(actual.get(2), exact.get(2)))
                .as("backwardWeight")
                .isLessThan(bounds.backwardWeight);
    }

    @AfterAll
    static void close() {
        REFERENCE.close();
        FAST.close();
        ACCURATE.close();
    }
}
