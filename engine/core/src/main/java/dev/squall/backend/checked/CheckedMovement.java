package dev.squall.backend.checked;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** Checks the operands of {@link Movement}. */
record CheckedMovement(Movement own, Door door) implements Movement {
    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        Call call = door.enter("copy of a region").reads(x).writes(out).apart(out, x);
        call.that(from.isInside(x.shape()), "a region inside of its source", x);
        call.that(to.isInside(out.shape()), "a region inside of its output", out);
        call.that(Arrays.equals(from.sizes(), to.sizes()), "regions of equal sizes", x, out);
        call.that(to.isInjective(), "a region of the output that holds no element twice", out);
        call.run(() -> own.copy(x, from, out, to));
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        Call call = door.enter("product with a sparse matrix")
                .reads(x)
                .writes(out)
                .dimensions(x, dimension)
                .apart(out, x);
        int[] sizes = x.shape().toArray();
        sizes[dimension] = matrix.height();
        call.that(
                x.shape().dim(dimension) == matrix.width()
                        && Arrays.equals(sizes, out.shape().toArray()),
                "operands that in dimension " + dimension + " have the width " + matrix.width() + " and the height "
                        + matrix.height() + " of the matrix",
                x,
                out);
        call.run(() -> own.multiply(matrix, x, dimension, out));
    }
}
