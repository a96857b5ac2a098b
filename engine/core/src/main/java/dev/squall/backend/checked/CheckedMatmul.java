package dev.squall.backend.checked;

import dev.squall.backend.Matmul;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Matmul}. */
record CheckedMatmul(Matmul own, Door door) implements Matmul {
    @Override
    public void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        Call call = door.enter("matmul").reads(a, b).writes(c);
        call.that(a.shape().rank() == 2 && b.shape().rank() == 2 && c.shape().rank() == 2, "three matrices", a, b, c);
        call.that(
                size(a, transposeA, 1) == size(b, transposeB, 0)
                        && c.shape().dim(0) == size(a, transposeA, 0)
                        && c.shape().dim(1) == size(b, transposeB, 1),
                "matrices [M, K], [K, N] and [M, N] (the first two transposed where it is asked for)",
                a,
                b,
                c);
        call.apart(c, a, b);
        call.run(() -> own.matmul(a, transposeA, b, transposeB, c));
    }

    @Override
    public void batched(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        Call call = door.enter("batched matmul").reads(a, b).writes(c);
        call.that(
                a.shape().rank() == 3
                        && b.shape().rank() == 3
                        && c.shape().rank() == 3
                        && a.shape().batch() == c.shape().batch()
                        && b.shape().batch() == c.shape().batch(),
                "three batches of as many matrices",
                a,
                b,
                c);
        call.that(
                size(a, transposeA, 1) == size(b, transposeB, 0)
                        && c.shape().dim(1) == size(a, transposeA, 0)
                        && c.shape().dim(2) == size(b, transposeB, 1),
                "matrices [B, M, K], [B, K, N] and [B, M, N] (the first two transposed where it is asked for)",
                a,
                b,
                c);
        call.apart(c, a, b);
        call.run(() -> own.batched(a, transposeA, b, transposeB, c));
    }

    /** Rows (dimension 0) or columns (1) of a matrix, or of each of a batch. */
    private static int size(Storage matrix, boolean transposed, int dimension) {
        return matrix.shape().dim((dimension == 0) == transposed ? -1 : -2);
    }
}
