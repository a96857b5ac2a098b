package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.load;

import dev.squall.backend.Reduction;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Reductions of one row of neighbouring floats, and its standardisation by them. */
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

    /**
     * y = (x - mean) / sqrt(variance + epsilon) of {@code count} floats; returns the factor 1 / sqrt(variance + epsilon). Far from zero the mean is
     * rounded to a float that may be a deviation away; what is left of it is the mean of the distances from that float.
     */
    public static float standardise(long x, int count, float epsilon, long y) {
        float mean = (float) (sum(x, count) / count);
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        double distances = 0;
        double squares = 0;
        for (long from = 0; from < whole; from += PIECE) {
            long end = Math.min(whole, from + PIECE);
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            FloatVector square = FloatVector.zero(Lanes.SPECIES);
            for (long i = from; i < end; i += BYTES) {
                FloatVector distance = load(x + i).sub(mean);
                sum = sum.add(distance);
                square = distance.fma(distance, square);
            }
            distances += sum.reduceLanes(VectorOperators.ADD);
            squares += square.reduceLanes(VectorOperators.ADD);
        }
        for (long i = whole; i < bytes; i += Float.BYTES) {
            double distance = Lanes.get(x + i) - mean;
            distances += distance;
            squares += distance * distance;
        }
        double rest = distances / count;
        double variance = Math.max(0, squares / count - rest * rest);
        double factor = 1 / Math.sqrt(variance + epsilon);
        float inverse = (float) factor;
        float shift = (float) (-rest * factor);
        for (long i = 0; i < whole; i += BYTES) {
            Lanes.store(y + i, load(x + i).sub(mean).fma(inverse, shift));
        }
        for (long i = whole; i < bytes; i += Float.BYTES) {
            Lanes.set(y + i, Math.fma(Lanes.get(x + i) - mean, inverse, shift));
        }
        return inverse;
    }

    /** dx = inverse * (dy - mean of dy - y * mean of dy * y) of {@code count} floats. */
    public static void standardiseBackward(long y, float inverse, long dy, int count, long dx) {
        float mean = (float) (sum(dy, count) / count);
        float slope = (float) (dot(dy, y, count) / count);
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        for (long i = 0; i < whole; i += BYTES) {
            FloatVector rest = load(dy + i).sub(mean).sub(load(y + i).mul(slope));
            Lanes.store(dx + i, rest.mul(inverse));
        }
        for (long i = whole; i < bytes; i += Float.BYTES) {
            Lanes.set(dx + i, (Lanes.get(dy + i) - mean - Lanes.get(y + i) * slope) * inverse);
        }
    }

    private static double dot(long x, long y, int count) {
        long bytes = (long) count * Float.BYTES;
        long whole = bytes - bytes % BYTES;
        double total = 0;
        for (long from = 0; from < whole; from += PIECE) {
            long end = Math.min(whole, from + PIECE);
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            for (long i = from; i < end; i += BYTES) {
                sum = load(x + i).fma(load(y + i), sum);
            }
            total += sum.reduceLanes(VectorOperators.ADD);
        }
        for (long i = whole; i < bytes; i += Float.BYTES) {
            total += (double) Lanes.get(x + i) * Lanes.get(y + i);
        }
        return total;
    }
}
