package dev.squall.jvm.loop;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.COUNT;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.backend.PoolGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Pooling over windows, one plane of 16 channels at a time.
 *
 * @param in layout of x
 * @param out layout of y
 */
public record WindowKernels(PoolGeometry geometry, BlockedLayout in, BlockedLayout out) {

    /** About how many bytes a plane moves. */
    public long traffic() {
        return in.planeBytes() + out.planeBytes() * geometry.kernelH() * geometry.kernelW();
    }

    private int top(int i) {
        return Math.max(0, i * geometry.strideH() - geometry.padH());
    }

    private int bottom(int i) {
        return Math.min(in.height(), i * geometry.strideH() - geometry.padH() + geometry.kernelH());
    }

    private int left(int j) {
        return Math.max(0, j * geometry.strideW() - geometry.padW());
    }

    private int right(int j) {
        return Math.min(in.width(), j * geometry.strideW() - geometry.padW() + geometry.kernelW());
    }

    private float weight(int i, int j) {
        return 1f / geometry.divisor(in.height(), in.width(), i, j);
    }

    private static long pixel(long plane, BlockedLayout layout, int y, int x) {
        return plane + y * layout.rowBytes() + (long) x * PIXEL_BYTES;
    }

    public void average(long x, long y) {
        for (int i = 0; i < out.height(); i++) {
            for (int j = 0; j < out.width(); j++) {
                int height = bottom(i) - top(i);
                int width = right(j) - left(j);
                average(pixel(x, in, top(i), left(j)), height, width, in.rowBytes(), weight(i, j), pixel(y, out, i, j));
            }
        }
    }

    private static void average(long x, int height, int width, long rowBytes, float weight, long y) {
        for (long lane = 0; lane < PIXEL_BYTES; lane += Lanes.BYTES) {
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    sum = sum.add(load(x + h * rowBytes + (long) w * PIXEL_BYTES + lane));
                }
            }
            store(y + lane, sum.mul(weight));
        }
    }

    public void averageBackward(long dy, long dx) {
        clear(dx);
        for (int i = 0; i < out.height(); i++) {
            for (int j = 0; j < out.width(); j++) {
                int height = bottom(i) - top(i);
                int width = right(j) - left(j);
                spread(
                        pixel(dy, out, i, j),
                        weight(i, j),
                        height,
                        width,
                        in.rowBytes(),
                        pixel(dx, in, top(i), left(j)));
            }
        }
    }

    private static void spread(long dy, float weight, int height, int width, long rowBytes, long dx) {
        for (long lane = 0; lane < PIXEL_BYTES; lane += Lanes.BYTES) {
            FloatVector share = load(dy + lane).mul(weight);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    long at = dx + h * rowBytes + (long) w * PIXEL_BYTES + lane;
                    store(at, load(at).add(share));
                }
            }
        }
    }

    public void max(long x, long y) {
        for (int i = 0; i < out.height(); i++) {
            for (int j = 0; j < out.width(); j++) {
                int height = bottom(i) - top(i);
                int width = right(j) - left(j);
                max(pixel(x, in, top(i), left(j)), height, width, in.rowBytes(), pixel(y, out, i, j));
            }
        }
    }

    private static void max(long x, int height, int width, long rowBytes, long y) {
        for (long lane = 0; lane < PIXEL_BYTES; lane += Lanes.BYTES) {
            FloatVector best = load(x + lane);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    best = best.max(load(x + h * rowBytes + (long) w * PIXEL_BYTES + lane));
                }
            }
            store(y + lane, best);
        }
    }

    public void maxBackward(long x, long dy, long dx) {
        clear(dx);
        for (int i = 0; i < out.height(); i++) {
            for (int j = 0; j < out.width(); j++) {
                int height = bottom(i) - top(i);
                int width = right(j) - left(j);
                long first = in.rowBytes() * top(i) + (long) left(j) * PIXEL_BYTES;
                addAtMaximum(x + first, height, width, in.rowBytes(), pixel(dy, out, i, j), dx + first);
            }
        }
    }

    /** Finds each channel's first maximum (or last NaN) by its number in the window, then adds dy there. */
    private static void addAtMaximum(long x, int height, int width, long rowBytes, long dy, long dx) {
        for (long lane = 0; lane < PIXEL_BYTES; lane += Lanes.BYTES) {
            FloatVector best = load(x + lane);
            FloatVector where = FloatVector.zero(Lanes.SPECIES);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    FloatVector value = load(x + h * rowBytes + (long) w * PIXEL_BYTES + lane);
                    VectorMask<Float> better =
                            value.compare(VectorOperators.GT, best).or(value.test(VectorOperators.IS_NAN));
                    best = best.blend(value, better);
                    where = where.blend(h * width + w, better);
                }
            }
            FloatVector gradient = load(dy + lane);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    long at = dx + h * rowBytes + (long) w * PIXEL_BYTES + lane;
                    VectorMask<Float> here = where.compare(VectorOperators.EQ, h * width + w);
                    store(at, load(at).add(gradient, here));
                }
            }
        }
    }

    private void clear(long plane) {
        for (int y = 0; y < in.height(); y++) {
            Lanes.zero(plane + y * in.rowBytes(), in.insideBytes());
        }
    }

    /** Sets every pixel of a plane to {@code values * factor}. */
    public static void fill(float[] values, int at, float factor, BlockedLayout layout, long out) {
        for (int v = 0; v < BLOCK; v += COUNT) {
            FloatVector value = load(values, at + v).mul(broadcast(factor));
            for (int y = 0; y < layout.height(); y++) {
                long row = out + y * layout.rowBytes();
                for (int i = v * Float.BYTES; i < layout.insideBytes(); i += PIXEL_BYTES) {
                    store(row + i, value);
                }
            }
        }
    }
}
