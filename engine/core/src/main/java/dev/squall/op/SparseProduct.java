package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** What all operations that mix slices along a dimension have in common: y is a sparse matrix times x along it; dx the transposed one times dy. */
final class SparseProduct {
    private SparseProduct() {}

    static Tensor apply(String op, SparseMatrix matrix, Tensor x, int dimension) {
        return apply(op, matrix, matrix, x, dimension);
    }

    /** @param forGradient the matrix whose transposed the gradient takes, where that is another one */
    static Tensor apply(String op, SparseMatrix matrix, SparseMatrix forGradient, Tensor x, int dimension) {
        Backend backend = Backend.of(x);
        int[] sizes = x.shape().toArray();
        sizes[dimension] = matrix.height();
        Tensor y = Tensor.empty(backend, Shape.of(sizes));
        backend.movement().multiply(matrix, x.storage(), dimension, y.storage());
        return Autograd.record(op, y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.movement().multiply(forGradient.transposed(), dy.storage(), dimension, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
