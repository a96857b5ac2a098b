package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products: {@code c = a b}, or with transposed operands; {@code da = dc b^T}, {@code db = a^T dc}, or the same transposed. Of tensors of higher rank,
 * products of their last two dimensions, with the others broadcast.
 */
public final class Matmul {
    private Matmul() {}

    /**
     * The product of {@code a} and {@code b} as PyTorch's {@code matmul}: of matrices the ordinary one; of tensors of higher rank that of each pair of matrices
     * in the last two dimensions, where the dimensions before them are broadcast; a vector is a row on the left, a column on the right, and its dimension
     * disappears.
     */
    public static Tensor matmul(Tensor a, Tensor b) {
        Check.that(
                a.shape().rank() >= 1 && b.shape().rank() >= 1, "matmul", "vectors, matrices or batches of them", a, b);
        if (a.shape().rank() == 1) {
            Tensor row = Reshape.reshape(a, Shape.of(1, a.shape().dim(0)));
            return without(matmul(row, b), b.shape().rank() == 1 ? -1 : -2);
        }
        if (b.shape().rank() == 1) {
            return without(matmul(a, Reshape.reshape(b, Shape.of(b.shape().dim(0), 1))), -1);
        }
        if (a.shape().rank() == 2 && b.shape().rank() == 2) {
            return matmul(a, false, b, false);
        }
        Check.that(a.shape().dim(-1) == b.shape().dim(-2), "matmul", "as many columns of a as rows of b", a, b);
        if (b.shape().rank() == 2) {
            int[] sizes = a.shape().toArray();
            Tensor rows = Reshape.reshape(
                    a,
                    Shape.of(a.shape().elements() / a.shape().dim(-1), a.shape().dim(-1)));
            sizes[sizes.length - 1] = b.shape().dim(1);
            return Reshape.reshape(matmul(rows, false, b, false), Shape.of(sizes));
        }
        return broadcast(a, b);
    }

    private static Tensor without(Tensor x, int dimension) {
        int d = Dimensions.of("matmul", x, dimension);
        return Reshape.reshape(x, Dimensions.dropped(x.shape(), d));
    }

    private static Tensor broadcast(Tensor a, Tensor b) {
        int[] batch = batch(a, b);
        Tensor left = flattened(a, batch);
        Tensor right = flattened(b, batch);
        int[] sizes = Arrays.copyOf(batch, batch.length + 2);
        sizes[batch.length] = a.shape().dim(-2);
        sizes[batch.length + 1] = b.shape().dim(-1);
        return Reshape.reshape(batchedMatmul(left, false, right, false), Shape.of(sizes));
    }

    private static int[] batch(Tensor a, Tensor b) {
        int rank = Math.max(a.shape().rank(), b.shape().rank());
        int[] batch = new int[rank - 2];
        for (int d = 3; d <= rank; d++) {
            int left = d <= a.shape().rank() ? a.shape().dim(-d) : 1;
            int right = d <= b.shape().rank() ? b.shape().dim(-d) : 1;
            Check.that(
                    left == right || left == 1 || right == 1,
                    "matmul",
                    "batches that are equal, or 1 on one side",
                    a,
                    b);
            batch[rank - d] = Math.max(left, right);
        }
        return batch;
    }

    /** The matrices of {@code x}, repeated to that batch, as {@code [B, M, K]}. */
    private static Tensor flattened(Tensor x, int[] batch) {
        int[] sizes = Arrays.copyOf(batch, batch.length + 2);
        sizes[batch.length] = x.shape().dim(-2);
        sizes[batch.length + 1] = x.shape().dim(-1);
        Shape shape = Shape.of(sizes);
        Tensor repeated = x.shape().equals(shape) ? x : Expand.expand(x, shape);
        return Reshape.reshape(
                repeated,
                Shape.of(
                        shape.elements() / (x.shape().dim(-2) * x.shape().dim(-1)),
                        x.shape().dim(-2),
                        x.shape().dim(-1)));
    }

    /**
     * The product of {@code a} and {@code b}, each transposed first where asked for.
     *
     * @param a {@code [M, K]}, or {@code [K, M]} if {@code transposeA}
     * @param b {@code [K, N]}, or {@code [N, K]} if {@code transposeB}
     * @return {@code [M, N]}
     */
    public static Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Check.that(a.shape().rank() == 2 && b.shape().rank() == 2, "matmul", "two matrices", a, b);
        return multiply(a, transposeA, b, transposeB);
    }

    /**
     * The products of a batch, each matrix transposed first where asked for.
     *
     * @param a {@code [B, M, K]}, or {@code [B, K, M]} if {@code transposeA}
     * @param b {@code [B, K, N]}, or {@code [B, N, K]} if {@code transposeB}
     * @return {@code [B, M, N]}
     */
    public static Tensor batchedMatmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Check.that(
                a.shape().rank() == 3
                        && b.shape().rank() == 3
                        && a.shape().dim(0) == b.shape().dim(0),
                "matmul",
                "two batches of as many matrices",
                a,
                b);
        return multiply(a, transposeA, b, transposeB);
    }

    private static Tensor multiply(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Check.that(
                a.shape().dim(transposeA ? -2 : -1) == b.shape().dim(transposeB ? -1 : -2),
                "matmul",
                "as many columns of " + (transposeA ? "a^T" : "a") + " as rows of " + (transposeB ? "b^T" : "b"),
                a,
                b);
        Check.sameBackend("matmul", a, b);
        int[] sizes = a.shape().toArray();
        sizes[sizes.length - 2] = a.shape().dim(transposeA ? -1 : -2);
        sizes[sizes.length - 1] = b.shape().dim(transposeB ? -2 : -1);
        Tensor c = Tensor.empty(Backend.of(a), Shape.of(sizes));
        multiply(a, transposeA, b, transposeB, c);
        List<Tensor> saved = new ArrayList<>();
        if (a.requiresGradient()) {
            saved.add(b);
        }
        if (b.requiresGradient()) {
            saved.add(a);
        }
        return Autograd.record("matmul", c, List.of(a, b), saved, dc -> {
            Tensor da = null;
            Tensor db = null;
            if (a.requiresGradient()) {
                da = transposeA
                        ? multiply(b, transposeB, dc, true, a.like())
                        : multiply(dc, false, b, !transposeB, a.like());
            }
            if (b.requiresGradient()) {
                db = transposeB
                        ? multiply(dc, true, a, transposeA, b.like())
                        : multiply(a, !transposeA, dc, false, b.like());
            }
            return new @Nullable Tensor[] {da, db};
        });
    }

    private static Tensor multiply(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor c) {
        var matmul = Backend.of(a).matmul();
        if (c.shape().rank() == 2) {
            matmul.matmul(a.storage(), transposeA, b.storage(), transposeB, c.storage());
        } else {
            matmul.batched(a.storage(), transposeA, b.storage(), transposeB, c.storage());
        }
        return c;
    }
}
