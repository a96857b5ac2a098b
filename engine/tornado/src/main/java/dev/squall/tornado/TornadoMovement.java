package dev.squall.tornado;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Storage;

/** Moving elements from place to place. */
final class TornadoMovement implements Movement {
    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        throw notYet("copies of regions");
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        throw notYet("products with sparse matrices");
    }

    /** For a primitive whose kernel is still to be written. */
    static UnsupportedOperationException notYet(String primitive) {
        return new UnsupportedOperationException(
                "the tornado backend has no kernel for " + primitive + " yet; use the backend jvm");
    }
}
