package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product {@code c = op(a) op(b)}, with op the transpose where asked for; {@code d op(a) = dc op(b)^T}, {@code d op(b) = op(a)^T dc}.
 */
public final class Matmul {
    private Matmul() {}

    /** The product of {@code a} {@code [M, K]} and {@code b} {@code [K, N]}: {@code [M, N]}. */
    public static Tensor matmul(Tensor a, Tensor b) {
        return matmul(a, false, b, false);
    }

    /**
     * The product of two matrices, each transposed first where asked for.
     *
     * @param a {@code [M, K]}, or {@code [K, M]} if {@code transposeA}
     * @param b {@code [K, N]}, or {@code [N, K]} if {@code transposeB}
     * @return {@code [M, N]}
     */
    public static Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Check.that(a.shape().rank() == 2 && b.shape().rank() == 2, "matmul", "two matrices", a, b);
        int inner = a.shape().dim(transposeA ? 0 : 1);
        Check.that(
                inner == b.shape().dim(transposeB ? 1 : 0),
                "matmul",
                "as many columns of " + (transposeA ? "a^T" : "a") + " as rows of " + (transposeB ? "b^T" : "b"),
                a,
                b);
        Check.sameBackend("matmul", a, b);
        Backend backend = Backend.of(a);
        Tensor c = Tensor.empty(
                backend, Shape.of(a.shape().dim(transposeA ? 1 : 0), b.shape().dim(transposeB ? 0 : 1)));
        backend.matmul().matmul(a.storage(), transposeA, b.storage(), transposeB, c.storage());
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
            if (a.requiresGradient() && !transposeA) {
                da = a.like();
                backend.matmul().matmul(dc.storage(), false, b.storage(), !transposeB, da.storage());
            } else if (a.requiresGradient()) {
                da = a.like();
                backend.matmul().matmul(b.storage(), transposeB, dc.storage(), true, da.storage());
            }
            if (b.requiresGradient() && !transposeB) {
                db = b.like();
                backend.matmul().matmul(a.storage(), !transposeA, dc.storage(), false, db.storage());
            } else if (b.requiresGradient()) {
                db = b.like();
                backend.matmul().matmul(dc.storage(), true, a.storage(), transposeA, db.storage());
            }
            return new @Nullable Tensor[] {da, db};
        });
    }
}
