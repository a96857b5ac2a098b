package dev.squall.jvm.strassen;

import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.loop.ElementwiseKernels;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.tile.FusedEpilogue;
import jdk.incubator.vector.FloatVector;

/** The sums of {@link Strassen}, over memory: of input, of weights, and of products. */
final class StrassenKernels {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private StrassenKernels() {}

    /**
     * Writes what the seven products take of a block of channels of the left half and one of the right half.
     *
     * @param left address that {@code upper} and {@code lower} count from in the block of the left half
     * @param right the same in that of the right half
     * @param upper for each pair of positions, where the one of the upper half is
     * @param lower the same for the lower half
     * @param out where to write the operand of the first product, pixel by pixel
     * @param step bytes from an operand to the next
     */
    static void inputs(long left, long right, long[] upper, long[] lower, long out, long step) {
        for (int lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            for (int i = 0; i < upper.length; i++) {
                long up = upper[i] + lane;
                long low = lower[i] + lane;
                FloatVector a11 = load(left + up);
                FloatVector a12 = load(right + up);
                FloatVector a21 = load(left + low);
                FloatVector a22 = load(right + low);
                FloatVector s1 = a21.add(a22);
                FloatVector s2 = s1.sub(a11);
                long at = Lanes.bounded(out + (long) i * PIXEL + lane);
                store(at + Strassen.FIRST * step, a11);
                store(at + Strassen.SECOND * step, a12);
                store(at + Strassen.THIRD * step, s2);
                store(at + Strassen.FOURTH * step, a11.sub(a21));
                store(at + Strassen.FIFTH * step, a22);
                store(at + Strassen.SIXTH * step, s1);
                store(at + Strassen.SEVENTH * step, a12.sub(s2));
            }
        }
    }

    /**
     * Writes the weights of the seven products.
     *
     * @param left address of those from the left half of the input channels to some output channels of the left half, which those from the right half
     *     follow, each {@code bytes}
     * @param right the same to as many output channels of the right half
     * @param step bytes from the weights of a product to those of the next
     */
    static void weights(long left, long right, long bytes, long out, long step) {
        for (long i = 0; i < bytes; i += Lanes.BYTES) {
            FloatVector b11 = load(left + i);
            FloatVector b12 = load(right + i);
            FloatVector b21 = load(left + bytes + i);
            FloatVector b22 = load(right + bytes + i);
            FloatVector t1 = b12.sub(b11);
            FloatVector t2 = b22.sub(t1);
            long at = Lanes.bounded(out + i);
            store(at + Strassen.FIRST * step, b11);
            store(at + Strassen.SECOND * step, b21);
            store(at + Strassen.THIRD * step, t2);
            store(at + Strassen.FOURTH * step, b22.sub(b12));
            store(at + Strassen.FIFTH * step, b21.sub(t2));
            store(at + Strassen.SIXTH * step, t1);
            store(at + Strassen.SEVENTH * step, b22);
        }
    }

    /**
     * {@code out = f(from + other)}, with what an epilogue adds and applies, for a vector of channels of some neighbours.
     *
     * @param otherStep bytes from a pixel of {@code other} to the next; 0 if it is one of zeros
     */
    static void write(long from, long other, int otherStep, FusedEpilogue epilogue, long zeros, long out, int pixels) {
        long held = epilogue.accumulate() ? out + epilogue.held() : zeros;
        int heldStep = epilogue.accumulate() ? PIXEL : 0;
        if (epilogue.rectify()) {
            rectify(from, other, otherStep, held, heldStep, out, pixels);
        } else if (epilogue.slope() != 1) {
            leak(from, other, otherStep, held, heldStep, epilogue.slope(), out, pixels);
        } else {
            add(from, other, otherStep, held, heldStep, out, pixels);
        }
    }

    private static void add(long from, long other, int otherStep, long held, int heldStep, long out, int pixels) {
        for (int i = 0; i < pixels; i++) {
            store(out + (long) i * PIXEL, sum(from, other, otherStep, held, heldStep, i));
        }
    }

    private static void rectify(long from, long other, int otherStep, long held, int heldStep, long out, int pixels) {
        for (int i = 0; i < pixels; i++) {
            FloatVector sum = sum(from, other, otherStep, held, heldStep, i);
            store(out + (long) i * PIXEL, ElementwiseKernels.rectify(sum));
        }
    }

    private static void leak(
            long from, long other, int otherStep, long held, int heldStep, float slope, long out, int pixels) {
        for (int i = 0; i < pixels; i++) {
            FloatVector sum = sum(from, other, otherStep, held, heldStep, i);
            store(out + (long) i * PIXEL, ElementwiseKernels.leaky(sum, slope));
        }
    }

    private static FloatVector sum(long from, long other, int otherStep, long held, int heldStep, int i) {
        return load(from + (long) i * PIXEL)
                .add(load(other + (long) i * otherStep))
                .add(load(held + (long) i * heldStep));
    }
}
