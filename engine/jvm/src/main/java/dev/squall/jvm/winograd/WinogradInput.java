package dev.squall.jvm.winograd;

import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * B' d, one-dimensional, see {@link Winograd}: from pixels of the input to the values that are multiplied with the kernel's.
 *
 * <p>Each size is a method by itself, because the compiler has room for the vectors of one in each, and a call that takes vectors is slow. A row of
 * B' and the one of the point with the other sign differ in the sign of their odd coefficients, so both come from one sum of the even and one of the
 * odd elements.
 */
final class WinogradInput {
    private WinogradInput() {}

    /**
     * Transforms {@code count} vectors of {@code points} elements to as many.
     *
     * @param points 2, 4, 6 or 8
     * @param inStep from element to element
     * @param inNext from vector to vector
     * @param outStep as {@code inStep}, in the output
     * @param outNext as {@code inNext}, in the output
     */
    static void run(int points, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        run(points, true, in, inStep, inNext, count, out, outStep, outNext);
    }

    /** The same without the value at infinity, which is the first one and alone takes the last element: that is not read. */
    static void finite(int points, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        run(points, false, in, inStep, inNext, count, out, outStep, outNext);
    }

    private static void run(
            int points,
            boolean infinity,
            long in,
            long inStep,
            long inNext,
            int count,
            long out,
            long outStep,
            long outNext) {
        switch (points) {
            case 2 -> two(infinity, in, inStep, inNext, count, out, outStep, outNext);
            case 4 -> four(infinity, in, inStep, inNext, count, out, outStep, outNext);
            case 6 -> six(infinity, in, inStep, inNext, count, out, outStep, outNext);
            case 8 -> {
                eightNear(infinity, in, inStep, inNext, count, out, outStep, outNext);
                eightFar(in, inStep, inNext, count, out, outStep, outNext);
            }
            default -> throw new AssertionError(points + " points");
        }
    }

    private static void two(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            store(to + outStep, load(from));
            if (infinity) {
                store(to, load(from + inStep));
            }
        }
    }

    private static void four(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector d0 = load(from);
            FloatVector d1 = load(from + inStep);
            FloatVector d2 = load(from + 2 * inStep);
            store(to + outStep, d0.sub(d2));
            store(to + 2 * outStep, d1.add(d2).mul(-2.25f));
            store(to + 3 * outStep, d1.sub(d2).mul(2.25f));
            if (infinity) {
                store(to, load(from + 3 * inStep).sub(d1));
            }
        }
    }

    private static void six(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector d0 = load(from);
            FloatVector d1 = load(from + inStep);
            FloatVector d2 = load(from + 2 * inStep);
            FloatVector d3 = load(from + 3 * inStep);
            FloatVector d4 = load(from + 4 * inStep);
            store(to + outStep, d2.fma(broadcast(-1.25f), d4.fma(broadcast(0.25f), d0)));
            FloatVector even = d2.fma(broadcast(-3f), d4.mul(0.75f));
            FloatVector odd = d1.fma(broadcast(-3f), d3.mul(0.75f));
            store(to + 2 * outStep, even.add(odd));
            store(to + 3 * outStep, even.sub(odd));
            FloatVector even2 = d4.sub(d2).mul(3.75f);
            FloatVector odd2 = d3.sub(d1).mul(7.5f);
            store(to + 4 * outStep, even2.add(odd2));
            store(to + 5 * outStep, even2.sub(odd2));
            if (infinity) {
                store(to, d3.fma(broadcast(-5f), d1.fma(broadcast(4f), load(from + 5 * inStep))));
            }
        }
    }

    /** The points infinity, 0, 1 and -1. */
    private static void eightNear(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector d1 = load(from + inStep);
            FloatVector d2 = load(from + 2 * inStep);
            FloatVector d3 = load(from + 3 * inStep);
            FloatVector d4 = load(from + 4 * inStep);
            FloatVector d5 = load(from + 5 * inStep);
            FloatVector d6 = load(from + 6 * inStep);
            store(to + outStep, d4.sub(d2).fma(broadcast(5.25f), load(from).sub(d6)));
            FloatVector even = d4.fma(broadcast(-4.25f), d2.add(d6));
            FloatVector odd = d3.fma(broadcast(-4.25f), d1.add(d5));
            store(to + 2 * outStep, even.add(odd));
            store(to + 3 * outStep, even.sub(odd));
            if (infinity) {
                store(
                        to,
                        d3.sub(d5).fma(broadcast(5.25f), load(from + 7 * inStep).sub(d1)));
            }
        }
    }

    /** The points 2, -2, 1/2 and -1/2. */
    private static void eightFar(long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector d2 = load(from + 2 * inStep);
            FloatVector d4 = load(from + 4 * inStep);
            FloatVector d6 = load(from + 6 * inStep);
            FloatVector even = d2.fma(broadcast(0.25f), d4.fma(broadcast(-1.25f), d6));
            FloatVector even2 = d2.fma(broadcast(4f), d4.fma(broadcast(-5f), d6));
            FloatVector d1 = load(from + inStep);
            FloatVector d3 = load(from + 3 * inStep);
            FloatVector d5 = load(from + 5 * inStep);
            FloatVector odd = d1.fma(broadcast(0.5f), d3.fma(broadcast(-2.5f), d5.add(d5)));
            FloatVector odd2 = d5.fma(broadcast(0.5f), d3.fma(broadcast(-2.5f), d1.add(d1)));
            store(to + 4 * outStep, even.add(odd));
            store(to + 5 * outStep, even.sub(odd));
            store(to + 6 * outStep, even2.add(odd2));
            store(to + 7 * outStep, even2.sub(odd2));
        }
    }
}
