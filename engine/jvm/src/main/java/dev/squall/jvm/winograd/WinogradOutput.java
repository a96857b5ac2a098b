package dev.squall.jvm.winograd;

import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * A' m, one-dimensional, see {@link Winograd}: from products to pixels of the output, and the transposed A dy. Row k of A' holds the points' powers
 * to k. Each size is a method by itself, as in {@link WinogradInput}, which has the parameters.
 */
final class WinogradOutput {
    private WinogradOutput() {}

    /** Transforms {@code count} vectors of {@code size + 2} products to {@code size} pixels. */
    static void run(int size, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        switch (size) {
            case 2 -> two(in, inStep, inNext, count, out, outStep, outNext);
            case 4 -> four(in, inStep, inNext, count, out, outStep, outNext);
            case 6 -> six(in, inStep, inNext, count, out, outStep, outNext);
            default -> throw new AssertionError("a tile of " + size);
        }
    }

    /** Transforms {@code count} vectors of {@code size} gradients of pixels to {@code size + 2} of products. */
    static void transposed(
            int size, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        switch (size) {
            case 2 -> transposedTwo(in, inStep, inNext, count, out, outStep, outNext);
            case 4 -> transposedFour(in, inStep, inNext, count, out, outStep, outNext);
            case 6 -> transposedSix(in, inStep, inNext, count, out, outStep, outNext);
            default -> throw new AssertionError("a tile of " + size);
        }
    }

    private static void two(long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            store(to, load(from + inStep).add(one.add(minusOne)));
            store(to + outStep, one.sub(minusOne).add(load(from)));
        }
    }

    private static void four(long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector two = load(from + 4 * inStep);
            FloatVector minusTwo = load(from + 5 * inStep);
            FloatVector sum = one.add(minusOne);
            FloatVector sum2 = two.add(minusTwo);
            store(to, load(from + inStep).add(sum).add(sum2));
            store(to + 2 * outStep, sum2.fma(broadcast(4f), sum));
            FloatVector difference = one.sub(minusOne);
            FloatVector difference2 = two.sub(minusTwo);
            store(to + outStep, difference2.fma(broadcast(2f), difference));
            store(to + 3 * outStep, difference2.fma(broadcast(8f), difference).add(load(from)));
        }
    }

    private static void six(long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector two = load(from + 4 * inStep);
            FloatVector minusTwo = load(from + 5 * inStep);
            FloatVector half = load(from + 6 * inStep);
            FloatVector minusHalf = load(from + 7 * inStep);
            FloatVector sum = one.add(minusOne);
            FloatVector sum2 = two.add(minusTwo);
            FloatVector sum3 = half.add(minusHalf);
            store(to, load(from + inStep).add(sum).add(sum2.add(sum3)));
            store(to + 2 * outStep, sum2.fma(broadcast(4f), sum3.fma(broadcast(0.25f), sum)));
            store(to + 4 * outStep, sum2.fma(broadcast(16f), sum3.fma(broadcast(0.0625f), sum)));
            FloatVector difference = one.sub(minusOne);
            FloatVector difference2 = two.sub(minusTwo);
            FloatVector difference3 = half.sub(minusHalf);
            store(to + outStep, difference2.fma(broadcast(2f), difference3.fma(broadcast(0.5f), difference)));
            store(to + 3 * outStep, difference2.fma(broadcast(8f), difference3.fma(broadcast(0.125f), difference)));
            FloatVector fifth = difference2.fma(broadcast(32f), difference3.fma(broadcast(0.03125f), difference));
            store(to + 5 * outStep, fifth.add(load(from)));
        }
    }

    private static void transposedTwo(
            long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector y0 = load(from);
            FloatVector y1 = load(from + inStep);
            store(to + outStep, y0);
            store(to + 2 * outStep, y0.add(y1));
            store(to + 3 * outStep, y0.sub(y1));
            store(to, y1);
        }
    }

    private static void transposedFour(
            long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector y0 = load(from);
            FloatVector y1 = load(from + inStep);
            FloatVector y2 = load(from + 2 * inStep);
            FloatVector y3 = load(from + 3 * inStep);
            store(to + outStep, y0);
            store(to, y3);
            FloatVector even = y0.add(y2);
            FloatVector odd = y1.add(y3);
            store(to + 2 * outStep, even.add(odd));
            store(to + 3 * outStep, even.sub(odd));
            FloatVector even2 = y2.fma(broadcast(4f), y0);
            FloatVector odd2 = y3.fma(broadcast(8f), y1.add(y1));
            store(to + 4 * outStep, even2.add(odd2));
            store(to + 5 * outStep, even2.sub(odd2));
        }
    }

    private static void transposedSix(
            long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector y0 = load(from);
            FloatVector y1 = load(from + inStep);
            FloatVector y2 = load(from + 2 * inStep);
            FloatVector y3 = load(from + 3 * inStep);
            FloatVector y4 = load(from + 4 * inStep);
            FloatVector y5 = load(from + 5 * inStep);
            store(to + outStep, y0);
            store(to, y5);
            FloatVector even = y0.add(y2).add(y4);
            FloatVector odd = y1.add(y3).add(y5);
            store(to + 2 * outStep, even.add(odd));
            store(to + 3 * outStep, even.sub(odd));
            FloatVector even2 = y4.fma(broadcast(16f), y2.fma(broadcast(4f), y0));
            FloatVector odd2 = y5.fma(broadcast(32f), y3.fma(broadcast(8f), y1.add(y1)));
            store(to + 4 * outStep, even2.add(odd2));
            store(to + 5 * outStep, even2.sub(odd2));
            FloatVector even3 = y4.fma(broadcast(0.0625f), y2.fma(broadcast(0.25f), y0));
            FloatVector odd3 = y5.fma(broadcast(0.03125f), y3.fma(broadcast(0.125f), y1.mul(0.5f)));
            store(to + 6 * outStep, even3.add(odd3));
            store(to + 7 * outStep, even3.sub(odd3));
        }
    }
}
