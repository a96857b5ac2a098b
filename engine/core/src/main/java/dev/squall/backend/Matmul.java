package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Matrix products of row-major operands. */
public interface Matmul {
    /**
     * c = op(a) op(b), with op the transpose where asked for.
     *
     * @param a {@code [M, K]}, or {@code [K, M]} if {@code transposeA}
     * @param b {@code [K, N]}, or {@code [N, K]} if {@code transposeB}
     * @param c {@code [M, N]}, neither a nor b
     */
    void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c);

    /**
     * c[i] = op(a[i]) op(b[i]) for each matrix of a batch, with op the transpose where asked for.
     *
     * @param a {@code [B, M, K]}, or {@code [B, K, M]} if {@code transposeA}
     * @param b {@code [B, K, N]}, or {@code [B, N, K]} if {@code transposeB}
     * @param c {@code [B, M, N]}, neither a nor b
     */
    void batched(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c);
}
