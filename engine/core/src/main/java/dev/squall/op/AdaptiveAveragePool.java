package dev.squall.op;

import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Means over windows that divide images of any size into so many rows and columns: output row i averages input rows {@code floor(i * in / out)} to {@code
 * ceil((i + 1) * in / out) - 1}, columns alike; windows may overlap. Rows and columns are averaged one after the other, each by a sparse matrix; dx spreads
 * dy by the transposed ones.
 */
public final class AdaptiveAveragePool {
    private AdaptiveAveragePool() {}

    /**
     * Averages to a given size.
     *
     * @param x the last two dimensions are height and width, any others before them
     */
    public static Tensor adaptiveAveragePool(Tensor x, int height, int width) {
        Check.that(x.shape().rank() >= 2, "adaptiveAveragePool", "images, with height and width as last dimensions", x);
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "adaptiveAveragePool needs a size of at least 1x1, got " + height + "x" + width);
        }
        int rank = x.shape().rank();
        Tensor rows =
                SparseProduct.apply("adaptiveAveragePool", windows(x.shape().dim(-2), height), x, rank - 2);
        return SparseProduct.apply("adaptiveAveragePool", windows(x.shape().dim(-1), width), rows, rank - 1);
    }

    private static SparseMatrix windows(int in, int out) {
        int[] starts = new int[out + 1];
        for (int o = 0; o < out; o++) {
            starts[o + 1] = starts[o] + last(o, in, out) - first(o, in, out);
        }
        int[] columns = IntStream.range(0, out)
                .flatMap(o -> IntStream.range(first(o, in, out), last(o, in, out)))
                .toArray();
        float[] weights = new float[columns.length];
        for (int o = 0; o < out; o++) {
            Arrays.fill(weights, starts[o], starts[o + 1], 1f / (starts[o + 1] - starts[o]));
        }
        return new SparseMatrix(in, starts, columns, weights);
    }

    private static int first(int o, int in, int out) {
        return (int) ((long) o * in / out);
    }

    /** One after the last. */
    private static int last(int o, int in, int out) {
        return (int) Math.ceilDiv((o + 1L) * in, out);
    }
}
