package dev.squall.jvm.loop;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/** Loops over the pixels of a row. Rows are short, and a call that copies or clears memory of any length takes longer than these. */
public final class FrameKernels {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private FrameKernels() {}

    /** Copies {@code count} pixels. */
    public static void copy(long from, int count, long to) {
        for (int i = 0; i < count * PIXEL; i += Lanes.BYTES) {
            Lanes.store(to + i, Lanes.load(from + i));
        }
    }

    /** Writes {@code count} pixels of zeros. */
    public static void zeros(long to, int count) {
        FloatVector zero = Lanes.broadcast(0f);
        for (int i = 0; i < count * PIXEL; i += Lanes.BYTES) {
            Lanes.store(to + i, zero);
        }
    }

    /** Writes a vector of each of {@code count} pixels with its lanes in another order. */
    public static void rearrange(long from, VectorShuffle<Float> order, int count, long to) {
        for (int i = 0; i < count * PIXEL; i += PIXEL) {
            Lanes.store(to + i, Lanes.load(from + i).rearrange(order));
        }
    }

    /** Writes one value of each of {@code count} pixels; zeros if {@code from} is 0. */
    public static void lane(long from, int count, long to) {
        for (int i = 0; i < count * PIXEL; i += PIXEL) {
            Lanes.set(to + i, from == 0 ? 0 : Lanes.get(from + i));
        }
    }
}
