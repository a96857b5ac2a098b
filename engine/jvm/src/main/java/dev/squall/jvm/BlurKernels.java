package dev.squall.jvm;

import static dev.squall.jvm.BlockedLayout.BLOCK;
import static dev.squall.jvm.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.Lanes.COUNT;
import static dev.squall.jvm.Lanes.load;
import static dev.squall.jvm.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * The anti-alias blur, one row of 16 channels at a time: first down the columns, then along the row, where each column
 * sum serves two outputs.
 */
final class BlurKernels {
    private BlurKernels() {}

    /** Row {@code i} of the plane {@code y}, from the plane {@code x}. */
    static void forward(BlockedLayout in, long x, int i, BlockedLayout out, long y) {
        int above = Math.abs(2 * i - 1);
        int below = 2 * i + 1 < in.height() ? 2 * i + 1 : in.height() - 2;
        long top = x + above * in.rowBytes();
        long middle = x + 2 * i * in.rowBytes();
        long bottom = x + below * in.rowBytes();
        long to = y + i * out.rowBytes();
        for (int v = 0; v < BLOCK; v += COUNT) {
            int lane = v * Float.BYTES;
            FloatVector left = FloatVector.zero(Lanes.SPECIES);
            for (int j = -1; j < out.width(); j++) {
                int column = 2 * j + 1;
                // Column -1 is column 1, by reflection, and so at the right edge.
                int reflected = column < in.width() ? Math.abs(column) : in.width() - 2;
                FloatVector right = columnSum(top, middle, bottom, lane + reflected * PIXEL_BYTES);
                if (j >= 0) {
                    FloatVector center = columnSum(top, middle, bottom, lane + 2 * j * PIXEL_BYTES);
                    store(to + lane + j * PIXEL_BYTES, weigh(left, center, right));
                }
                left = right;
            }
        }
    }

    private static FloatVector columnSum(long top, long middle, long bottom, int at) {
        return weigh(load(top + at), load(middle + at), load(bottom + at));
    }

    private static FloatVector weigh(FloatVector a, FloatVector b, FloatVector c) {
        return a.add(c).mul(0.25f).add(b.mul(0.5f));
    }

    /**
     * Row {@code h} of the plane {@code dx}, from the plane {@code dy}. An even row was read by output h/2 with weight
     * 1/2, an odd one by the outputs on both sides with 1/4, or 1/2 where the reflection read it twice; and so for
     * columns.
     */
    static void backward(BlockedLayout in, long dy, int h, BlockedLayout out, long dx) {
        float before = weightBefore(h);
        float after = weightAfter(h, out.height(), in.height());
        long first = dy + h / 2 * in.rowBytes();
        long second = after == 0 ? first : first + in.rowBytes();
        long to = dx + h * out.rowBytes();
        int width = out.width();
        for (int v = 0; v < BLOCK; v += COUNT) {
            int lane = v * Float.BYTES;
            FloatVector current = rowSum(first, before, second, after, lane);
            for (int w = 0; w < width; w += 2) {
                int at = lane + w * PIXEL_BYTES;
                store(to + at, current.mul(0.5f));
                if (w + 1 < width) {
                    float weight = weightAfter(w + 1, width, in.width());
                    int next = lane + (w / 2 + (weight == 0 ? 0 : 1)) * PIXEL_BYTES;
                    FloatVector following = rowSum(first, before, second, after, next);
                    store(
                            to + at + PIXEL_BYTES,
                            current.mul(weightBefore(w + 1)).add(following.mul(weight)));
                    current = following;
                }
            }
        }
    }

    /** The weight of input {@code i} in output i/2 (rounded down). */
    private static float weightBefore(int i) {
        return i % 2 == 0 || i == 1 ? 0.5f : 0.25f;
    }

    /** The weight of input {@code i} in the next output, or 0 if there is none. */
    private static float weightAfter(int i, int inputs, int outputs) {
        if (i % 2 == 0 || i / 2 + 1 >= outputs) {
            return 0;
        }
        return i == inputs - 2 ? 0.5f : 0.25f;
    }

    private static FloatVector rowSum(long first, float before, long second, float after, int at) {
        return load(first + at).mul(before).add(load(second + at).mul(after));
    }
}
