package dev.squall.jvm.loop;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.COUNT;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PlaneGroup;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Loops that gather statistics of channels and normalise with them, each over the planes of a {@link PlaneGroup}. Sums are kept as floats over a few rows,
 * and then in double.
 */
public final class NormalisationKernels {
    /** Pixels whose mean is near to that of all. */
    private static final int NEAR = 16;

    private NormalisationKernels() {}

    /**
     * means[to + lane] = the mean of the planes, squares[to + lane] = the sum of the squared distances from it.
     * Distances are taken from the mean of the first row, or of so many images' that it is of {@link #NEAR} pixels: near enough that
     * nothing is lost by cancellation.
     */
    public static void moments(BlockedLayout layout, long x, int images, double[] means, double[] squares, int to) {
        int nearImages = Math.clamp(NEAR / layout.width(), 1, images);
        for (int n = 0; n < nearImages; n++) {
            SumKernels.sum(x + n * layout.imageBytes(), layout.insideBytes(), means, to);
        }
        float[] near = new float[BLOCK];
        for (int lane = 0; lane < BLOCK; lane++) {
            near[lane] = (float) (means[to + lane] / (nearImages * layout.width()));
            means[to + lane] = 0;
        }
        int rows = rowsPerSum(layout);
        for (int y = 0; y < layout.height(); y += rows) {
            distances(
                    x + y * layout.rowBytes(),
                    images,
                    layout.imageBytes(),
                    Math.min(rows, layout.height() - y),
                    layout.rowBytes(),
                    layout.insideBytes(),
                    near,
                    means,
                    squares,
                    to);
        }
        double pixels = (double) images * layout.height() * layout.width();
        for (int lane = 0; lane < BLOCK; lane++) {
            double distance = means[to + lane] / pixels;
            means[to + lane] = near[lane] + distance;
            // Not below zero by rounding, but NaN as it is.
            squares[to + lane] = Math.max(0, squares[to + lane] - pixels * distance * distance);
        }
    }

    /** sums += the sum of x - near, squares += that of (x - near)^2. */
    private static void distances(
            long x,
            int images,
            long imageBytes,
            int rows,
            long rowBytes,
            int bytes,
            float[] near,
            double[] sums,
            double[] squares,
            int to) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector center = load(near, v);
            FloatVector sum0 = FloatVector.zero(Lanes.SPECIES);
            FloatVector sum1 = FloatVector.zero(Lanes.SPECIES);
            FloatVector square0 = FloatVector.zero(Lanes.SPECIES);
            FloatVector square1 = FloatVector.zero(Lanes.SPECIES);
            for (int n = 0; n < images; n++) {
                for (int h = 0; h < rows; h++) {
                    long row = x + n * imageBytes + h * rowBytes;
                    int i = v * Float.BYTES;
                    for (; i < bytes - PIXEL_BYTES; i += 2 * PIXEL_BYTES) {
                        FloatVector d0 = load(row + i).sub(center);
                        FloatVector d1 = load(row + i + PIXEL_BYTES).sub(center);
                        sum0 = sum0.add(d0);
                        sum1 = sum1.add(d1);
                        square0 = d0.fma(d0, square0);
                        square1 = d1.fma(d1, square1);
                    }
                    if (i < bytes) {
                        FloatVector d = load(row + i).sub(center);
                        sum0 = sum0.add(d);
                        square0 = d.fma(d, square0);
                    }
                }
            }
            SumKernels.addTo(sums, to + v, sum0.add(sum1));
            SumKernels.addTo(squares, to + v, square0.add(square1));
        }
    }

    /** y = leaky((x - mean) * scale + bias); the channels' values begin at {@code at}. */
    public static void apply(
            BlockedLayout layout,
            long x,
            int images,
            float[] mean,
            float[] scale,
            float[] bias,
            float slope,
            int at,
            long y) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector center = load(mean, at + v);
            FloatVector a = load(scale, at + v);
            FloatVector b = load(bias, at + v);
            for (int n = 0; n < images; n++) {
                for (int h = 0; h < layout.height(); h++) {
                    long row = n * layout.imageBytes() + h * layout.rowBytes();
                    for (int i = v * Float.BYTES; i < layout.insideBytes(); i += PIXEL_BYTES) {
                        store(
                                y + row + i,
                                ElementwiseKernels.leaky(
                                        load(x + row + i).sub(center).fma(a, b), slope));
                    }
                }
            }
        }
    }

    /**
     * sums[to + lane] = the sum of dz, dots[to + lane] = that of dz * (z - center), where z = y and dz = dy for y at
     * least 0, else z = y / slope and dz = dy * slope.
     */
    public static void gradientSums(
            BlockedLayout layout,
            long y,
            long dy,
            int images,
            float[] center,
            float slope,
            int at,
            double[] sums,
            double[] dots,
            int to) {
        int rows = rowsPerSum(layout);
        for (int h = 0; h < layout.height(); h += rows) {
            int count = Math.min(rows, layout.height() - h);
            long first = h * layout.rowBytes();
            gradientSums(
                    y + first,
                    dy + first,
                    images,
                    layout.imageBytes(),
                    count,
                    layout.rowBytes(),
                    layout.insideBytes(),
                    center,
                    slope,
                    at,
                    sums,
                    dots,
                    to);
        }
    }

    private static void gradientSums(
            long y,
            long dy,
            int images,
            long imageBytes,
            int rows,
            long rowBytes,
            int bytes,
            float[] center,
            float slope,
            int at,
            double[] sums,
            double[] dots,
            int to) {
        float inverse = 1 / slope;
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector c = load(center, at + v);
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            FloatVector dot = FloatVector.zero(Lanes.SPECIES);
            for (int n = 0; n < images; n++) {
                for (int h = 0; h < rows; h++) {
                    long row = n * imageBytes + h * rowBytes;
                    for (int i = v * Float.BYTES; i < bytes; i += PIXEL_BYTES) {
                        FloatVector out = load(y + row + i);
                        FloatVector d = load(dy + row + i);
                        var below = out.compare(VectorOperators.LT, 0f);
                        d = d.blend(d.mul(slope), below);
                        sum = sum.add(d);
                        dot = d.fma(out.blend(out.mul(inverse), below).sub(c), dot);
                    }
                }
            }
            SumKernels.addTo(sums, to + v, sum);
            SumKernels.addTo(dots, to + v, dot);
        }
    }

    /** dx = a * dz + b * (z - center) + c, with z and dz as in {@link #gradientSums}. */
    public static void gradient(
            BlockedLayout layout,
            long y,
            long dy,
            int images,
            float[] center,
            float slope,
            float[] a,
            float[] b,
            float[] c,
            int at,
            long dx) {
        float inverse = 1 / slope;
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector middle = load(center, at + v);
            FloatVector va = load(a, at + v);
            FloatVector vb = load(b, at + v);
            FloatVector vc = load(c, at + v);
            for (int n = 0; n < images; n++) {
                for (int h = 0; h < layout.height(); h++) {
                    long row = n * layout.imageBytes() + h * layout.rowBytes();
                    for (int i = v * Float.BYTES; i < layout.insideBytes(); i += PIXEL_BYTES) {
                        FloatVector out = load(y + row + i);
                        FloatVector d = load(dy + row + i);
                        var below = out.compare(VectorOperators.LT, 0f);
                        FloatVector distance =
                                out.blend(out.mul(inverse), below).sub(middle);
                        d = d.blend(d.mul(slope), below);
                        store(dx + row + i, d.fma(va, distance.fma(vb, vc)));
                    }
                }
            }
        }
    }

    public static int rowsPerSum(BlockedLayout layout) {
        return Math.clamp(PlaneGroup.FLOAT_SUM / layout.width(), 1, layout.height());
    }
}
