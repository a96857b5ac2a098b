package dev.squall.jvm;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** Moves elements through row-major arrays. */
final class JvmMovement implements Movement {
    private final Workspace workspace;

    JvmMovement(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        float[] source = read(x);
        float[] target = to.elements() == out.shape().elements() ? new float[to.elements()] : read(out);
        int[] sizes = to.sizes();
        int[] stepsFrom = steps(x.shape(), from);
        int[] stepsTo = steps(out.shape(), to);
        int last = sizes.length - 1;
        int inner = last < 0 ? 1 : sizes[last];
        int stepFrom = last < 0 ? 0 : stepsFrom[last];
        int stepTo = last < 0 ? 0 : stepsTo[last];
        int firstFrom = first(x.shape(), from);
        int firstTo = first(out.shape(), to);
        for (int row = 0; row < to.elements() / inner; row++) {
            int a = firstFrom;
            int o = firstTo;
            int rest = row;
            for (int axis = last - 1; axis >= 0; axis--) {
                int index = rest % sizes[axis];
                a += index * stepsFrom[axis];
                o += index * stepsTo[axis];
                rest /= sizes[axis];
            }
            for (int i = 0; i < inner; i++) {
                target[o + i * stepTo] = source[a + i * stepFrom];
            }
        }
        JvmStorage.of(out).write(target, workspace.pool());
    }

    /** From index to index of each axis, in row-major elements. */
    private static int[] steps(Shape shape, Region region) {
        int[] strides = strides(shape);
        return region.axes().stream()
                .mapToInt(axis -> axis.step() == 0 ? 0 : axis.step() * strides[axis.dimension()])
                .toArray();
    }

    private static int first(Shape shape, Region region) {
        int[] strides = strides(shape);
        int first = 0;
        for (int d = 0; d < strides.length; d++) {
            first += region.origin().get(d) * strides[d];
        }
        return first;
    }

    private static int[] strides(Shape shape) {
        int[] strides = new int[shape.rank()];
        int stride = 1;
        for (int d = strides.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape.dim(d);
        }
        return strides;
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        int inner = 1;
        for (int d = dimension + 1; d < x.shape().rank(); d++) {
            inner *= x.shape().dim(d);
        }
        int outer = x.shape().elements() / (inner * matrix.width());
        float[] from = read(x);
        float[] to = new float[out.shape().elements()];
        for (int o = 0; o < outer; o++) {
            for (int row = 0; row < matrix.height(); row++) {
                int target = (o * matrix.height() + row) * inner;
                for (int k = matrix.start(row); k < matrix.start(row + 1); k++) {
                    int source = (o * matrix.width() + matrix.column(k)) * inner;
                    float weight = matrix.weight(k);
                    for (int i = 0; i < inner; i++) {
                        to[target + i] += weight * from[source + i];
                    }
                }
            }
        }
        JvmStorage.of(out).write(to, workspace.pool());
    }

    private float[] read(Storage x) {
        float[] values = new float[x.shape().elements()];
        JvmStorage.of(x).read(values, workspace.pool());
        return values;
    }
}
