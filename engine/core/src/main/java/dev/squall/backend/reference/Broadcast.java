package dev.squall.backend.reference;

import dev.squall.tensor.Shape;

/** Which element of a smaller tensor belongs to each element of a larger one, when the smaller is repeated to the larger one's shape. */
final class Broadcast {
    private Broadcast() {}

    /** For each element of {@code to}, in row-major order, the row-major index of its element of {@code from}; shapes are aligned at their last dimension. */
    static int[] indices(Shape from, Shape to) {
        int[] strides = new int[to.rank()];
        int stride = 1;
        for (int d = from.rank() - 1; d >= 0; d--) {
            int size = from.dim(d);
            if (size > 1) {
                strides[d + to.rank() - from.rank()] = stride;
            }
            stride *= size;
        }
        return indices(to, strides);
    }

    /** The same where {@code from} is {@code to} without some dimensions. */
    static int[] indicesWithout(int[] dimensions, Shape to) {
        int[] strides = new int[to.rank()];
        int stride = 1;
        int next = dimensions.length - 1;
        for (int d = to.rank() - 1; d >= 0; d--) {
            if (next >= 0 && dimensions[next] == d) {
                next--;
            } else {
                strides[d] = stride;
                stride *= to.dim(d);
            }
        }
        return indices(to, strides);
    }

    private static int[] indices(Shape to, int[] strides) {
        int[] indices = new int[to.elements()];
        for (int i = 0; i < indices.length; i++) {
            int rest = i;
            for (int d = to.rank() - 1; d >= 0; d--) {
                indices[i] += rest % to.dim(d) * strides[d];
                rest /= to.dim(d);
            }
        }
        return indices;
    }
}
