package dev.squall.jvm.loop;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.COUNT;
import static dev.squall.jvm.runtime.Lanes.load;

import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Sums over the pixels of a span, each of the 16 channels by itself. Callers keep spans to a few hundred pixels. */
public final class SumKernels {
    private static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, Lanes.SPECIES.vectorShape());

    private SumKernels() {}

    /** sums[to + lane] += the sum of x. */
    public static void sum(long x, int bytes, double[] sums, int to) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            addTo(sums, to + v, sum(x + (long) v * Float.BYTES, bytes));
        }
    }

    /** Writes the sum of x, times {@code factor}, for each of the 16 channels to {@code to}. */
    public static void scaledSum(long x, int bytes, float factor, long to) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            long lane = (long) v * Float.BYTES;
            Lanes.store(to + lane, sum(x + lane, bytes).mul(factor));
        }
    }

    /** Writes the sum of the vectors of {@code rows} rows of {@code columns} pixels to {@code to}. */
    public static void sumRows(long x, int rows, long rowBytes, int columns, long to) {
        FloatVector even = FloatVector.zero(Lanes.SPECIES);
        FloatVector odd = FloatVector.zero(Lanes.SPECIES);
        for (int r = 0; r < rows; r++) {
            long row = Lanes.bounded(x + r * rowBytes);
            int i = 0;
            for (; i < (columns - 1) * PIXEL_BYTES; i += 2 * PIXEL_BYTES) {
                even = even.add(load(row + i));
                odd = odd.add(load(row + i + PIXEL_BYTES));
            }
            if (i < columns * PIXEL_BYTES) {
                even = even.add(load(row + i));
            }
        }
        Lanes.store(to, even.add(odd));
    }

    private static FloatVector sum(long x, int bytes) {
        FloatVector even = FloatVector.zero(Lanes.SPECIES);
        FloatVector odd = FloatVector.zero(Lanes.SPECIES);
        int i = 0;
        for (; i < bytes - PIXEL_BYTES; i += 2 * PIXEL_BYTES) {
            even = even.add(load(x + i));
            odd = odd.add(load(x + i + PIXEL_BYTES));
        }
        return i < bytes ? even.add(load(x + i)).add(odd) : even.add(odd);
    }

    /** Whether x holds neither NaN nor infinity: zero times all of it is zero. */
    public static boolean isFinite(long x, int bytes) {
        FloatVector zero = FloatVector.zero(Lanes.SPECIES);
        FloatVector sum = zero;
        for (int i = 0; i < bytes; i += COUNT * Float.BYTES) {
            sum = load(x + i).fma(zero, sum);
        }
        return sum.reduceLanes(VectorOperators.ADD) == 0f;
    }

    /** sums[to + lane] += the sum of x * y. */
    public static void dot(long x, long y, int bytes, double[] sums, int to) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector even = FloatVector.zero(Lanes.SPECIES);
            FloatVector odd = FloatVector.zero(Lanes.SPECIES);
            int i = v * Float.BYTES;
            for (; i < bytes - PIXEL_BYTES; i += 2 * PIXEL_BYTES) {
                even = load(x + i).fma(load(y + i), even);
                odd = load(x + i + PIXEL_BYTES).fma(load(y + i + PIXEL_BYTES), odd);
            }
            if (i < bytes) {
                even = load(x + i).fma(load(y + i), even);
            }
            addTo(sums, to + v, even.add(odd));
        }
    }

    /** sums[to + lane] += values, in double. */
    public static void addTo(double[] sums, int to, FloatVector values) {
        for (int part = 0; part < 2; part++) {
            int at = to + part * DOUBLES.length();
            DoubleVector wide = (DoubleVector) values.convertShape(VectorOperators.F2D, DOUBLES, part);
            DoubleVector.fromArray(DOUBLES, sums, at).add(wide).intoArray(sums, at);
        }
    }
}
