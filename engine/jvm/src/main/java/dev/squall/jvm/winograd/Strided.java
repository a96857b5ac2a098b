package dev.squall.jvm.winograd;

import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.tile.DenseKernel;
import jdk.incubator.vector.FloatVector;

/**
 * The transforms of {@link Winograd} for a stride of 2, one-dimensional. Such a convolution is the sum of two with a stride of 1: the even pixels of a
 * tile meet the outer elements of the kernel, the odd ones its middle,
 *
 * <pre>
 * y[k] = (g0 d[2k] + g2 d[2k + 2]) + g1 d[2k + 1]          k = 0 ... m - 1
 * </pre>
 *
 * so one is an F(m, 2) and takes the values at m + 1 points, the other an F(m, 1) and takes m. If the m points are those of the m + 1 without infinity,
 * the finite rows of B' are the same for both, because the coefficients of M(x) / (x - a_i) do not depend on the length of the kernel, and so is A'.
 * Hence the products of both are added before they are transformed back. Of (2m + 1) (2m + 1) products a tile has (m + 1) (m + 1) sums; with 7x7 pixels
 * 225 products take the place of 441. For odd m the points besides infinity are 0 and pairs of a number and its negative.
 *
 * <p>The values along a side are m + 1 of the even pixels, infinity first, and then m of the odd ones. 1 / N_i is moved from G to A', so that what the
 * middle of a kernel is multiplied with does not depend on the point, and is kept once for all.
 *
 * <pre>
 * A'[k][i] = a_i^k / N_i       infinity: 1 in the last row, else 0
 * G[i]     = (1, 0, a_i)       infinity: (0, 0, 1), the odd pixels: (0, 1, 0)
 * </pre>
 *
 * <p>The gradient of the input is computed alike with a turned kernel: F(m, 2) of m + 1 pixels of the output's gradient gives every second pixel, and
 * F(m, 1) of the same values without infinity those between. Parameters are those of {@link WinogradInput}; {@code points} are those of whole tiles.
 */
final class Strided {
    /** Address of a vector of zeros, which stands for the value at infinity where there is none. */
    private static final long NOTHING = DenseKernel.NO_BIAS;

    private Strided() {}

    /** How many values a side has: those of both kinds of pixels. */
    static int values(int points) {
        return 2 * points - 1;
    }

    /** The point at which value {@code i} of a side is taken. */
    static int point(int points, int i) {
        return i < points ? i : i - points + 1;
    }

    /** The value of the kernel with which value {@code i} of a side is multiplied: one for each point, and one for all odd pixels. */
    static int kernel(int points, int i) {
        return Math.min(points, i);
    }

    /** B' d: from {@code 2 * size + 1} pixels to as many values. */
    static void input(
            int points, int size, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        WinogradInput.run(size + 1, in, 2 * inStep, inNext, count, out, outStep, outNext);
        long odd = out + (points - 1) * outStep;
        WinogradInput.finite(size + 1, in + inStep, 2 * inStep, inNext, count, odd, outStep, outNext);
    }

    /** A' m: from sums of products at {@code size + 1} points to {@code size} pixels. */
    static void output(int size, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        output(size, true, in, inStep, inNext, count, out, outStep, outNext);
    }

    /** From products of a gradient to {@code 2 * size} pixels of the input's gradient. */
    static void inputGradient(
            int points, int size, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        output(size, true, in, inStep, inNext, count, out + outStep, 2 * outStep, outNext);
        output(size, false, in + (points - 1) * inStep, inStep, inNext, count, out, 2 * outStep, outNext);
    }

    private static void output(
            int size,
            boolean infinity,
            long in,
            long inStep,
            long inNext,
            int count,
            long out,
            long outStep,
            long outNext) {
        switch (size) {
            case 1 -> one(infinity, in, inStep, inNext, count, out, outNext);
            case 3 -> three(infinity, in, inStep, inNext, count, out, outStep, outNext);
            case 5 -> five(infinity, in, inStep, inNext, count, out, outStep, outNext);
            case 7 -> {
                sixOfSeven(in, inStep, inNext, count, out, outStep, outNext);
                seventh(infinity, in, inStep, inNext, count, out + 6 * outStep, outNext);
            }
            default -> throw new AssertionError("a tile of " + size);
        }
    }

    private static void one(boolean infinity, long in, long inStep, long inNext, int count, long out, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector last = load(from + inStep);
            store(to, last.add(load(infinity ? from : NOTHING)));
        }
    }

    private static void three(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector sum = one.add(minusOne).mul(-2f / 9);
            store(to, load(from + inStep).add(sum));
            store(to + outStep, one.sub(minusOne).mul(-2f / 9));
            store(to + 2 * outStep, sum.add(load(infinity ? from : NOTHING)));
        }
    }

    private static void five(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector two = load(from + 4 * inStep);
            FloatVector minusTwo = load(from + 5 * inStep);
            FloatVector sum = one.add(minusOne).mul(-2f / 9);
            FloatVector sum2 = two.add(minusTwo).mul(1f / 90);
            store(to, load(from + inStep).add(sum).add(sum2));
            store(to + 2 * outStep, sum2.fma(broadcast(4f), sum));
            FloatVector difference = one.sub(minusOne).mul(-2f / 9);
            FloatVector difference2 = two.sub(minusTwo).mul(1f / 90);
            store(to + outStep, difference2.fma(broadcast(2f), difference));
            store(to + 3 * outStep, difference2.fma(broadcast(8f), difference));
            FloatVector last = sum2.fma(broadcast(16f), sum);
            store(to + 4 * outStep, last.add(load(infinity ? from : NOTHING)));
        }
    }

    private static void sixOfSeven(long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        FloatVector four = broadcast(4f);
        FloatVector fourth = broadcast(0.25f);
        FloatVector sixteen = broadcast(16f);
        FloatVector sixteenth = broadcast(0.0625f);
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector one = load(from + 2 * inStep);
            FloatVector minusOne = load(from + 3 * inStep);
            FloatVector two = load(from + 4 * inStep);
            FloatVector minusTwo = load(from + 5 * inStep);
            FloatVector half = load(from + 6 * inStep);
            FloatVector minusHalf = load(from + 7 * inStep);
            FloatVector even = one.add(minusOne).mul(-2f / 9);
            FloatVector even2 = two.add(minusTwo).mul(1f / 90);
            FloatVector even3 = half.add(minusHalf).mul(32f / 45);
            store(to, load(from + inStep).add(even).add(even2.add(even3)));
            store(to + 2 * outStep, even2.fma(four, even3.fma(fourth, even)));
            store(to + 4 * outStep, even2.fma(sixteen, even3.fma(sixteenth, even)));
            FloatVector odd = one.sub(minusOne).mul(-2f / 9);
            FloatVector odd2 = two.sub(minusTwo).mul(1f / 45);
            FloatVector odd3 = half.sub(minusHalf).mul(16f / 45);
            store(to + outStep, odd.add(odd2.add(odd3)));
            store(to + 3 * outStep, odd2.fma(four, odd3.fma(fourth, odd)));
            store(to + 5 * outStep, odd2.fma(sixteen, odd3.fma(sixteenth, odd)));
        }
    }

    /** The last of seven pixels. With all in one method the compiler would call some of the operations, which is slow. */
    private static void seventh(
            boolean infinity, long in, long inStep, long inNext, int count, long out, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            FloatVector even =
                    load(from + 2 * inStep).add(load(from + 3 * inStep)).mul(-2f / 9);
            FloatVector even2 =
                    load(from + 4 * inStep).add(load(from + 5 * inStep)).mul(64f / 90);
            FloatVector even3 =
                    load(from + 6 * inStep).add(load(from + 7 * inStep)).mul(0.5f / 45);
            FloatVector finite = even.add(even2.add(even3));
            store(Lanes.bounded(out + k * outNext), finite.add(load(infinity ? from : NOTHING)));
        }
    }

    /** G g: from 3 elements to {@code points + 1} values. */
    static void kernel(int points, long in, long inStep, long inNext, int count, long out, long outStep, long outNext) {
        for (int k = 0; k < count; k++) {
            long from = Lanes.bounded(in + k * inNext);
            long to = Lanes.bounded(out + k * outNext);
            FloatVector g0 = load(from);
            FloatVector g2 = load(from + 2 * inStep);
            store(to, g2);
            store(to + outStep, g0);
            store(to + points * outStep, load(from + inStep));
            if (points > 2) {
                store(to + 2 * outStep, g0.add(g2));
                store(to + 3 * outStep, g0.sub(g2));
            }
            if (points > 4) {
                store(to + 4 * outStep, g2.fma(broadcast(2f), g0));
                store(to + 5 * outStep, g2.fma(broadcast(-2f), g0));
            }
            if (points > 6) {
                store(to + 6 * outStep, g2.fma(broadcast(0.5f), g0));
                store(to + 7 * outStep, g2.fma(broadcast(-0.5f), g0));
            }
        }
    }
}
