package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Matrix products of rank-2, row-major operands. */
public interface Matmul {
    /**
     * c = op(a) op(b), with op the transpose where asked for.
     *
     * @param a {@code [M, K]}, or {@code [K, M]} if {@code transposeA}
     * @param b {@code [K, N]}, or {@code [N, K]} if {@code transposeB}
     * @param c {@code [M, N]}, neither a nor b
     */
    void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c);
}
