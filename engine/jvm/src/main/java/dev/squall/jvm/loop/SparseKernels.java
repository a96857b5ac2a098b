package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.backend.SparseMatrix;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;

/** One row of a sparse matrix times slices of equal length. */
public final class SparseKernels {
    private SparseKernels() {}

    /**
     * out = the sum of weight * slice, where slice j begins at {@code slices + j * stride}.
     *
     * @param bytes of a slice, a multiple of 4
     */
    public static void combine(SparseMatrix matrix, int row, long slices, long stride, long out, int bytes) {
        int start = matrix.start(row);
        int end = matrix.start(row + 1);
        if (end - start == 1 && matrix.weight(start) == 1f) {
            Lanes.copy(slices + matrix.column(start) * stride, out, bytes);
            return;
        }
        int whole = bytes - bytes % BYTES;
        for (int i = 0; i < whole; i += BYTES) {
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            for (int k = start; k < end; k++) {
                FloatVector slice = load(slices + matrix.column(k) * stride + i);
                sum = slice.fma(FloatVector.broadcast(Lanes.SPECIES, matrix.weight(k)), sum);
            }
            store(out + i, sum);
        }
        for (int i = whole; i < bytes; i += Float.BYTES) {
            float sum = 0;
            for (int k = start; k < end; k++) {
                sum += matrix.weight(k) * Lanes.get(slices + matrix.column(k) * stride + i);
            }
            Lanes.set(out + i, sum);
        }
    }
}
