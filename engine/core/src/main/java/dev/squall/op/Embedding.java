package dev.squall.op;

import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Vectors by number: {@code y[.., :] = w[ids[..], :]}; dw adds up dy over the places where a vector was taken. */
public final class Embedding {
    private Embedding() {}

    /**
     * Looks up vectors.
     *
     * @param w {@code [V, D]}, one vector for each of V words
     * @param ids numbers from 0 to V - 1, row-major
     * @param shape of {@code ids}
     * @return {@code shape} and D as last dimension
     */
    public static Tensor embedding(Tensor w, int[] ids, Shape shape) {
        return embedding(w, ids, shape, -1);
    }

    /** The same, where no gradient goes to the vector number {@code padding} (-1: to all). */
    public static Tensor embedding(Tensor w, int[] ids, Shape shape, int padding) {
        Check.that(w.shape().rank() == 2, "embedding", "vectors [V, D]", w);
        if (ids.length != shape.elements()) {
            throw new IllegalArgumentException(
                    "embedding needs " + shape.elements() + " numbers for the shape " + shape + ", got " + ids.length);
        }
        Gather.requireInside("embedding", w, 0, ids);
        int words = w.shape().dim(0);
        int[] sizes = Arrays.copyOf(shape.toArray(), shape.rank() + 1);
        sizes[shape.rank()] = w.shape().dim(1);
        Tensor rows = SparseProduct.apply(
                "embedding", SparseMatrix.selecting(words, ids), forGradient(words, ids, padding), w, 0);
        return Reshape.reshape(rows, Shape.of(sizes));
    }

    /** The matrix that selects, with empty rows where the padding is looked up. */
    private static SparseMatrix forGradient(int words, int[] ids, int padding) {
        int[] starts = new int[ids.length + 1];
        for (int i = 0; i < ids.length; i++) {
            starts[i + 1] = starts[i] + (ids[i] == padding ? 0 : 1);
        }
        int[] columns = IntStream.of(ids).filter(id -> id != padding).toArray();
        float[] ones = new float[columns.length];
        Arrays.fill(ones, 1f);
        return new SparseMatrix(words, starts, columns, ones);
    }
}
