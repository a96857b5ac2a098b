package dev.squall.jvm.loop;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.COUNT;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * The anti-alias blur, one row of 16 channels at a time: first down the columns, then along the row, where each column
 * sum serves two outputs.
 */
public final class BlurKernels {
    private BlurKernels() {}

    /** Row {@code i} of the plane {@code y} from column {@code first} to before {@code end}, from the plane {@code x}. */
    public static void forward(BlockedLayout in, long x, int i, int first, int end, BlockedLayout out, long y) {
        // By reflection row and column -1 are 1, and so beyond the other edges.
        int above = Math.abs(2 * i - 1);
        int below = 2 * i + 1 < in.height() ? 2 * i + 1 : in.height() - 2;
        long from = x + 2L * first * PIXEL_BYTES;
        int left = first > 0 ? -PIXEL_BYTES : PIXEL_BYTES;
        int right = 2 * end - 1 < in.width() ? PIXEL_BYTES : -PIXEL_BYTES;
        long to = y + i * out.rowBytes() + (long) first * PIXEL_BYTES;
        for (int lane = 0; lane < PIXEL_BYTES; lane += Lanes.BYTES) {
            row(
                    from + above * in.rowBytes() + lane,
                    from + 2 * i * in.rowBytes() + lane,
                    from + below * in.rowBytes() + lane,
                    left,
                    right,
                    end - first,
                    to + lane);
        }
    }

    /** From three rows; {@code left} and {@code right} are the bytes from the first pixel to the one before it, and from the last to the one behind it. */
    private static void row(long top, long middle, long bottom, int left, int right, int count, long to) {
        long a = Lanes.bounded(top);
        long b = Lanes.bounded(middle);
        long c = Lanes.bounded(bottom);
        FloatVector before = columnSum(a + left, b + left, c + left);
        for (int j = 0; j < count; j++) {
            int at = 2 * j * PIXEL_BYTES;
            int next = at + (j + 1 < count ? PIXEL_BYTES : right);
            FloatVector center = columnSum(a + at, b + at, c + at);
            FloatVector after = columnSum(a + next, b + next, c + next);
            store(to + (long) j * PIXEL_BYTES, sum(before, center, after).mul(1f / 16));
            before = after;
        }
    }

    private static FloatVector columnSum(long top, long middle, long bottom) {
        return sum(load(top), load(middle), load(bottom));
    }

    /** {@code a + 2 b + c}: four times the weighted sum; what has been summed in both directions is divided by 16. */
    private static FloatVector sum(FloatVector a, FloatVector b, FloatVector c) {
        return b.fma(broadcast(2f), a.add(c));
    }

    /**
     * Row {@code h} of the plane {@code dx}, from the plane {@code dy}. An even row was read by output h/2 with weight
     * 1/2, an odd one by the outputs on both sides with 1/4, or 1/2 where the reflection read it twice; and so for
     * columns.
     */
    public static void backward(BlockedLayout in, long dy, int h, BlockedLayout out, long dx) {
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
