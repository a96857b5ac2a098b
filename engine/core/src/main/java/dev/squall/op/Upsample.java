package dev.squall.op;

import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Tensor;

/**
 * Images of another size, larger or smaller. Bilinear: each output pixel lies at {@code src} between two rows and two columns of the input and mixes
 * them by its distances {@code f} and {@code 1 - f}; nearest: it is input pixel {@code floor(o * in / out)}. Rows and columns are mixed one after the
 * other, each by a sparse matrix; dx mixes dy by the transposed ones.
 */
public final class Upsample {
    /** The matrix that enlarges a row has two elements for each pixel. */
    private static final int LARGEST_SIDE = 1 << 24;

    private Upsample() {}

    /**
     * Bilinear interpolation as PyTorch's, without antialiasing.
     *
     * @param x the last two dimensions are height and width, any others before them
     * @param alignCorners whether the corner pixels of both lie on each other, {@code src = o * (in - 1) / (out - 1)}; else the corners of the
     *     images do, {@code src = max((o + 1/2) * in / out - 1/2, 0)}
     */
    public static Tensor upsampleBilinear(Tensor x, int height, int width, boolean alignCorners) {
        check("upsampleBilinear", x, height, width);
        int rank = x.shape().rank();
        Tensor rows =
                SparseProduct.apply("upsampleBilinear", between(x.shape().dim(-2), height, alignCorners), x, rank - 2);
        return SparseProduct.apply("upsampleBilinear", between(x.shape().dim(-1), width, alignCorners), rows, rank - 1);
    }

    /**
     * The nearest pixel as PyTorch's {@code nearest} finds it.
     *
     * @param x the last two dimensions are height and width, any others before them
     */
    public static Tensor upsampleNearest(Tensor x, int height, int width) {
        check("upsampleNearest", x, height, width);
        int rank = x.shape().rank();
        Tensor rows = SparseProduct.apply("upsampleNearest", nearest(x.shape().dim(-2), height), x, rank - 2);
        return SparseProduct.apply("upsampleNearest", nearest(x.shape().dim(-1), width), rows, rank - 1);
    }

    private static void check(String op, Tensor x, int height, int width) {
        Check.that(x.shape().rank() >= 2, op, "images, with height and width as last dimensions", x);
        if (height < 1 || width < 1 || height > LARGEST_SIDE || width > LARGEST_SIDE) {
            throw new IllegalArgumentException(op + " needs a size of at least 1x1 and at most " + LARGEST_SIDE + "x"
                    + LARGEST_SIDE + ", got " + height + "x" + width);
        }
    }

    private static SparseMatrix nearest(int in, int out) {
        int[] sources = new int[out];
        for (int o = 0; o < out; o++) {
            sources[o] = (int) ((long) o * in / out);
        }
        return SparseMatrix.selecting(in, sources);
    }

    private static SparseMatrix between(int in, int out, boolean alignCorners) {
        int[] starts = new int[out + 1];
        int[] columns = new int[2 * out];
        float[] weights = new float[2 * out];
        for (int o = 0; o < out; o++) {
            double source = alignCorners
                    ? (out == 1 ? 0 : (double) o * (in - 1) / (out - 1))
                    : Math.max((o + 0.5) * in / out - 0.5, 0);
            int low = Math.min((int) source, in - 1);
            columns[2 * o] = low;
            columns[2 * o + 1] = Math.min(low + 1, in - 1);
            weights[2 * o] = (float) (1 - (source - low));
            weights[2 * o + 1] = (float) (source - low);
            starts[o + 1] = 2 * (o + 1);
        }
        return new SparseMatrix(in, starts, columns, weights);
    }
}
