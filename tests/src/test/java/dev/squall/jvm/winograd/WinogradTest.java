package dev.squall.jvm.winograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The constants of the transforms are those that follow from the points, as {@link Winograd} says. */
@Tag("fast")
class WinogradTest {
    private static final int STEP = BlockedLayout.PIXEL_BYTES;
    private static final int INFINITY = 0;
    private static final int ZERO = 1;

    /** In the order of the code; the value at {@link #INFINITY} is not used. */
    private static final double[] POINTS = {Double.NaN, 0, 1, -1, 2, -2, 0.5, -0.5};

    private interface Transform {
        void run(long in, long out);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 6, 8})
    void inputs(int n) {
        double[][] expected = new double[n][n];
        for (int i = 0; i < n; i++) {
            // Row i of G has the N_i of all eight points, the sign of the first one left out; B' has the rest.
            double factor = i == INFINITY ? 1 : 1 / scale(i) / distances(i, n);
            double[] polynomial = product(i, n);
            for (int l = 0; l < polynomial.length; l++) {
                expected[i][l] = factor * polynomial[l];
            }
        }
        double[][] actual = matrix(n, n, (in, out) -> WinogradInput.run(n, in, STEP, 0, 1, out, STEP, 0));
        assertSame(actual, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 8})
    void kernels(int points) {
        double[][] expected = new double[points][3];
        for (int i = 0; i < points; i++) {
            for (int j = 0; j < 3; j++) {
                expected[i][j] = i == INFINITY ? (j == 2 ? 1 : 0) : Math.pow(POINTS[i], j) * scale(i);
            }
        }
        double[][] actual = matrix(3, points, (in, out) -> WinogradKernel.run(points, in, STEP, 0, 1, out, STEP, 0));
        assertSame(actual, expected);
        double[][] transposed =
                matrix(points, 3, (in, out) -> WinogradKernel.transposed(points, in, STEP, 0, 1, out, STEP, 0));
        assertSame(transposed, transpose(expected));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 6})
    void outputs(int size) {
        int n = size + 2;
        double[][] expected = new double[size][n];
        for (int k = 0; k < size; k++) {
            for (int i = 0; i < n; i++) {
                expected[k][i] = i == INFINITY ? (k == size - 1 ? 1 : 0) : Math.pow(POINTS[i], k);
            }
        }
        double[][] actual = matrix(n, size, (in, out) -> WinogradOutput.run(size, in, STEP, 0, 1, out, STEP, 0));
        assertSame(actual, expected);
        double[][] transposed =
                matrix(size, n, (in, out) -> WinogradOutput.transposed(size, in, STEP, 0, 1, out, STEP, 0));
        assertSame(transposed, transpose(expected));
    }

    /** The three together are a convolution: y[k] = sum over j of g[j] d[k + j]. */
    @Test
    void areAConvolution() {
        for (int size : new int[] {2, 4, 6}) {
            int n = size + 2;
            double[][] b = matrix(n, n, (in, out) -> WinogradInput.run(n, in, STEP, 0, 1, out, STEP, 0));
            double[][] g = matrix(3, 8, (in, out) -> WinogradKernel.run(8, in, STEP, 0, 1, out, STEP, 0));
            double[][] a = matrix(n, size, (in, out) -> WinogradOutput.run(size, in, STEP, 0, 1, out, STEP, 0));
            for (int k = 0; k < size; k++) {
                for (int j = 0; j < 3; j++) {
                    for (int l = 0; l < n; l++) {
                        double sum = 0;
                        for (int i = 0; i < n; i++) {
                            sum += a[k][i] * g[i][j] * b[i][l];
                        }
                        assertThat(sum).isCloseTo(l == k + j ? 1 : 0, within(1e-5));
                    }
                }
            }
        }
    }

    /** For a stride of 2: y[k] = sum over j of g[j] d[2k + j]. The values of whole tiles are those of {@code most} points. */
    @ParameterizedTest
    @CsvSource({"1, 4", "3, 4", "1, 6", "3, 6", "5, 6", "1, 8", "3, 8", "5, 8", "7, 8"})
    void areAStridedConvolution(int size, int most) {
        double[][] b = matrix(
                2 * size + 1,
                Strided.values(most),
                (in, out) -> Strided.input(most, size, in, STEP, 0, 1, out, STEP, 0));
        double[][] g = matrix(3, most + 1, (in, out) -> Strided.kernel(most, in, STEP, 0, 1, out, STEP, 0));
        double[][] a = matrix(size + 1, size, (in, out) -> Strided.output(size, in, STEP, 0, 1, out, STEP, 0));
        for (int k = 0; k < size; k++) {
            for (int j = 0; j < 3; j++) {
                for (int l = 0; l < 2 * size + 1; l++) {
                    double sum = 0;
                    for (int i = 0; i < Strided.values(most); i++) {
                        int point = Strided.point(most, i);
                        sum += point > size ? 0 : a[k][point] * g[Strided.kernel(most, i)][j] * b[i][l];
                    }
                    assertThat(sum).isCloseTo(l == 2 * k + j ? 1 : 0, within(1e-5));
                }
            }
        }
    }

    /** With the kernel turned: dx[2k] = g[1] dy[k] and dx[2k + 1] = g[0] dy[k] + g[2] dy[k + 1]. */
    @ParameterizedTest
    @CsvSource({"1, 4", "3, 4", "1, 6", "3, 6", "5, 6", "1, 8", "3, 8", "5, 8", "7, 8"})
    void areAStridedGradient(int size, int most) {
        int n = size + 1;
        double[][] b = matrix(n, n, (in, out) -> WinogradInput.run(n, in, STEP, 0, 1, out, STEP, 0));
        double[][] g = matrix(3, most + 1, (in, out) -> Strided.kernel(most, in, STEP, 0, 1, out, STEP, 0));
        double[][] a = matrix(
                Strided.values(most),
                2 * size,
                (in, out) -> Strided.inputGradient(most, size, in, STEP, 0, 1, out, STEP, 0));
        for (int k = 0; k < 2 * size; k++) {
            for (int j = 0; j < 3; j++) {
                for (int l = 0; l < n; l++) {
                    double sum = 0;
                    for (int i = 0; i < Strided.values(most); i++) {
                        int point = Strided.point(most, i);
                        sum += point > size ? 0 : a[k][i] * g[Strided.kernel(most, i)][j] * b[point][l];
                    }
                    boolean meets = k % 2 == 0 ? j == 1 && l == k / 2 : j != 1 && l == k / 2 + j / 2;
                    assertThat(sum).isCloseTo(meets ? 1 : 0, within(1e-5));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 7})
    void stridedOutputs(int size) {
        int n = size + 1;
        double[][] expected = new double[size][n];
        for (int k = 0; k < size; k++) {
            for (int i = 0; i < n; i++) {
                expected[k][i] = i == INFINITY ? (k == size - 1 ? 1 : 0) : Math.pow(POINTS[i], k) * scale(i);
            }
        }
        assertSame(matrix(n, size, (in, out) -> Strided.output(size, in, STEP, 0, 1, out, STEP, 0)), expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6, 8})
    void stridedKernels(int points) {
        double[][] expected = new double[points + 1][3];
        for (int i = 0; i < points; i++) {
            expected[i][0] = i == INFINITY ? 0 : 1;
            expected[i][2] = i == INFINITY ? 1 : POINTS[i];
        }
        expected[points][1] = 1;
        assertSame(matrix(3, points + 1, (in, out) -> Strided.kernel(points, in, STEP, 0, 1, out, STEP, 0)), expected);
    }

    /** 1 / N_i of all eight points, without the sign that the point 0 has. */
    private static double scale(int i) {
        return i == ZERO ? 1 : 1 / distances(i, 8);
    }

    /** N_i: the product of the distances of point i from the other finite ones of the first {@code n}. */
    private static double distances(int i, int n) {
        double product = 1;
        for (int k = 0; k < n; k++) {
            product *= k == i || k == INFINITY ? 1 : POINTS[i] - POINTS[k];
        }
        return product;
    }

    /** The coefficients of the product of x - a_k over the finite points but point i. */
    private static double[] product(int i, int n) {
        double[] coefficients = {1};
        for (int k = 0; k < n; k++) {
            if (k == i || k == INFINITY) {
                continue;
            }
            double[] next = new double[coefficients.length + 1];
            for (int l = 0; l < coefficients.length; l++) {
                next[l + 1] += coefficients[l];
                next[l] -= POINTS[k] * coefficients[l];
            }
            coefficients = next;
        }
        return coefficients;
    }

    /** The matrix of a transform, a column for each unit vector. */
    private static double[][] matrix(int inputs, int outputs, Transform transform) {
        double[][] matrix = new double[outputs][inputs];
        try (var allocator = new Allocator(0)) {
            long in = allocator.allocate((long) inputs * STEP).address();
            long out = allocator.allocate((long) outputs * STEP).address();
            for (int column = 0; column < inputs; column++) {
                Lanes.zero(in, (long) inputs * STEP);
                Lanes.set(in + (long) column * STEP, 1f);
                transform.run(in, out);
                for (int row = 0; row < outputs; row++) {
                    matrix[row][column] = Lanes.get(out + (long) row * STEP);
                }
            }
        }
        return matrix;
    }

    private static double[][] transpose(double[][] matrix) {
        double[][] result = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                result[j][i] = matrix[i][j];
            }
        }
        return result;
    }

    private static void assertSame(double[][] actual, double[][] expected) {
        assertThat(actual).hasDimensions(expected.length, expected[0].length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as(Arrays.toString(expected[i])).containsExactly(expected[i], within(1e-6));
        }
    }
}
