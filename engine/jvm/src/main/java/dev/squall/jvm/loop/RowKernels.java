package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.load;

import dev.squall.backend.Reduction;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Reductions of one row of neighbouring floats. */
public final class RowKernels {
    /** Bytes that are summed in single precision before they are added in double. */
    private static final int PIECE = 32 * BYTES;

    private RowKernels() {}

    /** The reduction of {@code count} floats; for a mean still their sum. */
    public static double reduce(Reduction.Kind kind, long row, int count) {
        return switch (kind) {
            case SUM, MEAN -> sum(row, count);
            case MAX -> max(row, count);
            case MIN -> min(row, count);
        };
    }

    private static double sum(long row, int count) {
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        double total = 0;
        for (long from = 0; from < whole; from += PIECE) {
            long end = Math.min(whole, from + PIECE);
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            for (long i = from; i < end; i += BYTES) {
                sum = sum.add(load(row + i));
            }
            total += sum.reduceLanes(VectorOperators.ADD);
        }
        for (long i = whole; i < bytes; i += Float.BYTES) {
            total += Lanes.get(row + i);
        }
        return total;
    }

    private static float max(long row, int count) {
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        FloatVector largest = Lanes.broadcast(Float.NEGATIVE_INFINITY);
        for (long i = 0; i < whole; i += BYTES) {
            largest = largest.max(load(row + i));
        }
        float result = largest.reduceLanes(VectorOperators.MAX);
        for (long i = whole; i < bytes; i += Float.BYTES) {
            result = Math.max(result, Lanes.get(row + i));
        }
        return result;
    }

    private static float min(long row, int count) {
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        FloatVector smallest = Lanes.broadcast(Float.POSITIVE_INFINITY);
        for (long i = 0; i < whole; i += BYTES) {
            smallest = smallest.min(load(row + i));
        }
        float result = smallest.reduceLanes(VectorOperators.MIN);
        for (long i = whole; i < bytes; i += Float.BYTES) {
            result = Math.min(result, Lanes.get(row + i));
        }
        return result;
    }
}
