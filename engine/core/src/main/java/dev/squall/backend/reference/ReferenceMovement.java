package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** {@link Movement}, element by element. */
final class ReferenceMovement implements Movement {
    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        for (int i = 0; i < to.elements(); i++) {
            values(out)[index(out.shape(), to, i)] = values(x)[index(x.shape(), from, i)];
        }
    }

    /** Where the element that index {@code i}, counted through the box, stands for lies in row-major order. */
    private static int index(Shape shape, Region region, int i) {
        int[] coordinates = region.origin().stream().mapToInt(start -> start).toArray();
        int rest = i;
        for (Region.Axis axis : region.axes().reversed()) {
            if (axis.step() != 0) {
                coordinates[axis.dimension()] += rest % axis.size() * axis.step();
            }
            rest /= axis.size();
        }
        int index = 0;
        for (int d = 0; d < coordinates.length; d++) {
            index = index * shape.dim(d) + coordinates[d];
        }
        return index;
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        int inner = 1;
        for (int d = dimension + 1; d < x.shape().rank(); d++) {
            inner *= x.shape().dim(d);
        }
        float[] to = values(out);
        for (int o = 0; o < to.length; o++) {
            int row = o / inner % matrix.height();
            int first = o / inner / matrix.height() * matrix.width() * inner + o % inner;
            double sum = 0;
            for (int k = matrix.start(row); k < matrix.start(row + 1); k++) {
                sum += (double) matrix.weight(k) * values(x)[first + matrix.column(k) * inner];
            }
            to[o] = (float) sum;
        }
    }
}
