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
        own.matmul(a, transposeA, b, transposeB, c);
    }

    private static int size(Storage matrix, boolean transposed, int dimension) {
        return matrix.shape().dim(transposed ? 1 - dimension : dimension);
    }
}
