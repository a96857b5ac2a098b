package dev.squall.jvm.winograd;

import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * G g, one-dimensional, see {@link Winograd}: from a kernel to the values that are multiplied with the input's, and the transposed G' m. Row i of G
 * holds the powers 0, 1 and 2 of point i times 1 / N_i: 1, -2/9, 1/90 and 32/45 for the points with the absolute values 0, 1, 2 and 1/2, and for
 * infinity 1 in the last column. Points that differ in sign alone share the sums of their even and of their odd powers. The parameters are those of
 * {@link WinogradInput}.
 */
final class WinogradKernel {
    private WinogradKernel() {}

    /** Transforms {@code count} vectors of 3 elements to {@code points}, 6 or 8. */
    static void run(int points, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector g0 = load(from);
            FloatVector g1 = load(from + inStep);
            FloatVector g2 = load(from + 2 * inStep);
            store(to + outStep, g0);
            store(to, g2);
            FloatVector even = g0.add(g2).mul(-2f / 9);
            FloatVector odd = g1.mul(-2f / 9);
            store(to + 2 * outStep, even.add(odd));
            store(to + 3 * outStep, even.sub(odd));
            FloatVector even2 = g2.fma(broadcast(4f), g0).mul(1f / 90);
            FloatVector odd2 = g1.mul(1f / 45);
            store(to + 4 * outStep, even2.add(odd2));
            store(to + 5 * outStep, even2.sub(odd2));
            if (points > 6) {
                FloatVector even3 = g2.fma(broadcast(0.25f), g0).mul(32f / 45);
                FloatVector odd3 = g1.mul(16f / 45);
                store(to + 6 * outStep, even3.add(odd3));
                store(to + 7 * outStep, even3.sub(odd3));
            }
        }
    }

    /** Transforms {@code count} vectors of {@code points} sums of products, 6 or 8, to 3 elements. */
    static void transposed(
            int points, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector two = load(from + 4 * inStep);
            FloatVector minusTwo = load(from + 5 * inStep);
            FloatVector sum = one.add(minusOne).mul(-2f / 9);
            FloatVector sum2 = two.add(minusTwo).mul(1f / 90);
            FloatVector first = load(from + inStep).add(sum).add(sum2);
            FloatVector second =
                    one.sub(minusOne).mul(-2f / 9).add(two.sub(minusTwo).mul(1f / 45));
            FloatVector third = sum2.fma(broadcast(4f), sum).add(load(from));
            if (points > 6) {
                FloatVector half = load(from + 6 * inStep);
                FloatVector minusHalf = load(from + 7 * inStep);
                FloatVector sum3 = half.add(minusHalf).mul(32f / 45);
                first = first.add(sum3);
                second = second.add(half.sub(minusHalf).mul(16f / 45));
                third = sum3.fma(broadcast(0.25f), third);
            }
            store(to, first);
            store(to + outStep, second);
            store(to + 2 * outStep, third);
        }
    }
}
