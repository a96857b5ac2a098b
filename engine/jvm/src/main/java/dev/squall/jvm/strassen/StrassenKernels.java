package dev.squall.jvm.strassen;

import static dev.squall.jvm.runtime.Lanes.ALL;
import static dev.squall.jvm.runtime.Lanes.ORDER;
import static dev.squall.jvm.runtime.Lanes.SPECIES;
import static dev.squall.jvm.runtime.Lanes.bounded;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.loop.ElementwiseKernels;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.tile.FusedEpilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The sums of {@link Strassen}, over memory: the forms of input, weights and gradients, and the quarters of a result. */
final class StrassenKernels {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;
    private static final float T = Strassen.T;
    private static final float S = Strassen.S;

    private StrassenKernels() {}

    /**
     * Where the quarters of a matrix are: for vector i, {@code at11[i]} bytes from {@code m11}, and so on.
     *
     * <p>The upper and the lower half of the rows, or of the columns, are positions of images, so the offsets of two quarters are the same.
     */
    record Quarters(long m11, long[] at11, long m12, long[] at12, long m21, long[] at21, long m22, long[] at22) {
        /** The same some bytes further. */
        Quarters at(long bytes) {
            return new Quarters(m11 + bytes, at11, m12 + bytes, at12, m21 + bytes, at21, m22 + bytes, at22);
        }
    }

    /**
     * Writes the forms of some vectors of the quarters. The method is so long that the compiler does not inline it: several in one caller were more than
     * it takes, and then it called the methods of {@link Lanes}, with vectors on the heap.
     *
     * @param from the first vector
     * @param to the vector after the last
     * @param out where to write the first form of the first vector
     * @param outStep bytes from a vector there to the next
     * @param formStep bytes from a form to the next
     */
    static void forms(Quarters of, int from, int to, long out, int outStep, long formStep) {
        long[] at11 = of.at11;
        long[] at12 = of.at12;
        long[] at21 = of.at21;
        long[] at22 = of.at22;
        for (int i = from; i < to; i++) {
            FloatVector m11 = FloatVector.fromMemorySegment(SPECIES, ALL, bounded(of.m11 + at11[i]), ORDER);
            FloatVector m12 = FloatVector.fromMemorySegment(SPECIES, ALL, bounded(of.m12 + at12[i]), ORDER);
            FloatVector m21 = FloatVector.fromMemorySegment(SPECIES, ALL, bounded(of.m21 + at21[i]), ORDER);
            FloatVector m22 = FloatVector.fromMemorySegment(SPECIES, ALL, bounded(of.m22 + at22[i]), ORDER);
            FloatVector q = m12.mul(T);
            FloatVector h = m21.mul(S).add(q.mul(0.5f));
            FloatVector e = m11.add(m22);
            FloatVector half = e.mul(0.5f);
            long at = bounded(out + (long) (i - from) * outStep);
            e.intoMemorySegment(ALL, at, ORDER);
            q.sub(m11).intoMemorySegment(ALL, bounded(at + formStep), ORDER);
            q.add(m11).intoMemorySegment(ALL, bounded(at + 2 * formStep), ORDER);
            q.sub(m22).intoMemorySegment(ALL, bounded(at + 3 * formStep), ORDER);
            q.add(m22).intoMemorySegment(ALL, bounded(at + 4 * formStep), ORDER);
            h.sub(half).intoMemorySegment(ALL, bounded(at + 5 * formStep), ORDER);
            h.add(half).intoMemorySegment(ALL, bounded(at + 6 * formStep), ORDER);
        }
    }

    /**
     * Sums products of forms to the quarters of the result.
     *
     * @param products address of some vectors of the first product
     * @param step bytes from a product to the next
     * @param vectors how many
     * @param stride bytes from a vector to the next
     * @param left address of the vector to add to the left quarters
     * @param right the same for the right ones
     * @param c11 where to write the first quarter, and so on
     * @param outStride bytes from a vector there to the next
     * @return whether all are finite
     */
    static boolean sums(
            long products,
            long step,
            int vectors,
            int stride,
            long left,
            long right,
            long c11,
            long c12,
            long c21,
            long c22,
            int outStride) {
        FloatVector leftBias = load(left);
        FloatVector rightBias = load(right);
        FloatVector zero = FloatVector.zero(Lanes.SPECIES);
        FloatVector check = zero;
        for (int i = 0; i < vectors; i++) {
            long at = Lanes.bounded(products + (long) i * stride);
            FloatVector r0 = load(at);
            FloatVector r1 = load(at + step);
            FloatVector r2 = load(at + 2 * step);
            FloatVector r3 = load(at + 3 * step);
            FloatVector r4 = load(at + 4 * step);
            FloatVector r5 = load(at + 5 * step);
            FloatVector r6 = load(at + 6 * step);
            FloatVector d = r2.sub(r1);
            FloatVector base = r0.sub(r1.add(r2).mul(0.5f));
            FloatVector mixed = r4.sub(r3).add(r5.sub(r6)).add(d.mul(0.5f));
            FloatVector q11 = base.add(r3.add(r4)).add(leftBias);
            FloatVector q12 = d.mul(S).add(rightBias);
            FloatVector q21 = mixed.mul(T).add(leftBias);
            FloatVector q22 = base.add(r5.add(r6)).add(rightBias);
            // The sum of four, of which one is not finite, is not either.
            check = q11.add(q12).add(q21.add(q22)).fma(zero, check);
            long to = (long) i * outStride;
            store(c11 + to, q11);
            store(c12 + to, q12);
            store(c21 + to, q21);
            store(c22 + to, q22);
        }
        return check.reduceLanes(VectorOperators.ADD) == 0f;
    }

    /**
     * {@code out = f(from)}, with what an epilogue adds and applies, for a vector of channels of some neighbours.
     *
     * @param zeros address of a vector of zeros
     * @param outStep bytes from a neighbour to the next in the output
     */
    static void write(long from, FusedEpilogue epilogue, long zeros, long out, int outStep, int pixels) {
        long held = epilogue.accumulate() ? out + epilogue.held() : zeros;
        int heldStep = epilogue.accumulate() ? outStep : 0;
        if (epilogue.rectify()) {
            rectify(from, held, heldStep, out, outStep, pixels);
        } else if (epilogue.slope() != 1) {
            leak(from, held, heldStep, epilogue.slope(), out, outStep, pixels);
        } else {
            add(from, held, heldStep, out, outStep, pixels);
        }
    }

    private static void add(long from, long held, int heldStep, long out, int outStep, int pixels) {
        for (int i = 0; i < pixels; i++) {
            store(out + (long) i * outStep, sum(from, held, heldStep, i));
        }
    }

    private static void rectify(long from, long held, int heldStep, long out, int outStep, int pixels) {
        for (int i = 0; i < pixels; i++) {
            FloatVector sum = sum(from, held, heldStep, i);
            store(out + (long) i * outStep, ElementwiseKernels.rectify(sum));
        }
    }

    private static void leak(long from, long held, int heldStep, float slope, long out, int outStep, int pixels) {
        for (int i = 0; i < pixels; i++) {
            FloatVector sum = sum(from, held, heldStep, i);
            store(out + (long) i * outStep, ElementwiseKernels.leaky(sum, slope));
        }
    }

    private static FloatVector sum(long from, long held, int heldStep, int i) {
        return load(from + (long) i * PIXEL).add(load(held + (long) i * heldStep));
    }
}
