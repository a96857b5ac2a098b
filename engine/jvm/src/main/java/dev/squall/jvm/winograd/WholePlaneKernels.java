package dev.squall.jvm.winograd;

import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.bounded;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * The transforms of a 3x3 convolution of planes of 2x2 pixels with zeros around them. Along a side
 *
 * <pre>
 * y0 = w1 x0 + w2 x1 = w1 (x0 + x1) + (w2 - w1) x1
 * y1 = w0 x0 + w1 x1 = w1 (x0 + x1) + (w0 - w1) x0
 * </pre>
 *
 * take three products (Karatsuba), so a plane takes 9: the direct sum has 16, and as many has Winograd's F(2x2, 3x3), which does not know of the zeros.
 * With d, g and m the vectors of both pixels, of the kernel and of the products, along each side
 *
 * <pre>
 * d = (x0 + x1, x1, x0)      g = (w1, w2 - w1, w0 - w1)      y = (m0 + m1, m0 + m2)
 * e = (dy0 + dy1, dy0, dy1)  dw = (m2, m0 - m1 - m2, m1) with m = sums of d e
 * </pre>
 *
 * All work on one vector of channels; addresses and steps are in bytes. The nine elements are in rows of three.
 */
final class WholePlaneKernels {
    /** Products along a side. */
    static final int POINTS = 3;

    private WholePlaneKernels() {}

    /** From pixels, rows {@code row} bytes apart, to d. */
    static void input(long in, long row, long out, long step) {
        spread(in, row, out, step, PIXEL_BYTES, 0);
    }

    /** From pixels of a gradient to e. */
    static void gradient(long in, long row, long out, long step) {
        spread(in, row, out, step, 0, PIXEL_BYTES);
    }

    /** The sum of the pixels along each side, the pixel at {@code first} and the one at {@code second}. */
    private static void spread(long in, long row, long out, long step, long first, long second) {
        long top = bounded(in + (first == 0 ? 0 : row));
        long bottom = bounded(in + (first == 0 ? row : 0));
        long to = bounded(out);
        long s = bounded(step);
        FloatVector a = load(top + first);
        FloatVector b = load(top + second);
        FloatVector c = load(bottom + first);
        FloatVector d = load(bottom + second);
        FloatVector ab = a.add(b);
        FloatVector cd = c.add(d);
        store(to, ab.add(cd));
        store(to + s, a.add(c));
        store(to + 2 * s, b.add(d));
        store(to + 3 * s, ab);
        store(to + 4 * s, a);
        store(to + 5 * s, b);
        store(to + 6 * s, cd);
        store(to + 7 * s, c);
        store(to + 8 * s, d);
    }

    /** From products to pixels, rows {@code row} bytes apart. */
    static void output(long in, long step, long out, long row) {
        long from = bounded(in);
        long s = bounded(step);
        for (int y = 0; y < 2; y++) {
            long other = from + (3L + 3L * y) * s;
            FloatVector sum = load(from).add(load(other));
            long to = bounded(out + y * row);
            store(to, sum.add(load(from + s).add(load(other + s))));
            store(to + PIXEL_BYTES, sum.add(load(from + 2 * s).add(load(other + 2 * s))));
        }
    }

    /** From a kernel to g. */
    static void kernel(long in, long inStep, long out, long outStep) {
        long from = bounded(in);
        long s = bounded(inStep);
        long to = bounded(out);
        long t = bounded(outStep);
        for (int i = 0; i < POINTS; i++) {
            // Of rows 1, 2 and 0 of the kernel; the first is subtracted from the others.
            long row = from + (i + 1) % 3 * 3L * s;
            FloatVector left = load(row);
            FloatVector centre = load(row + s);
            FloatVector right = load(row + 2 * s);
            if (i > 0) {
                left = left.sub(load(from + 3 * s));
                centre = centre.sub(load(from + 4 * s));
                right = right.sub(load(from + 5 * s));
            }
            long rowTo = to + 3L * i * t;
            store(rowTo, centre);
            store(rowTo + t, right.sub(centre));
            store(rowTo + 2 * t, left.sub(centre));
        }
    }

    /** From sums of products to the gradient of a kernel. */
    static void kernelGradient(long in, long inStep, long out, long outStep) {
        long from = bounded(in);
        long s = bounded(inStep);
        long to = bounded(out);
        long t = bounded(outStep);
        for (int i = 0; i < POINTS; i++) {
            // Rows 1, 2 and 0 of the gradient.
            long row = from + 3L * i * s;
            FloatVector centre = load(row);
            FloatVector right = load(row + s);
            FloatVector left = load(row + 2 * s);
            if (i == 0) {
                centre = centre.sub(load(from + 3 * s)).sub(load(from + 6 * s));
                right = right.sub(load(from + 4 * s)).sub(load(from + 7 * s));
                left = left.sub(load(from + 5 * s)).sub(load(from + 8 * s));
            }
            long rowTo = to + (i + 1) % 3 * 3L * t;
            store(rowTo, left);
            store(rowTo + t, centre.sub(left).sub(right));
            store(rowTo + 2 * t, right);
        }
    }
}
