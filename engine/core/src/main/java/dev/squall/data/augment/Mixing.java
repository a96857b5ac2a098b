package dev.squall.data.augment;

import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.random.RandomGenerator;

/** What ways of mixing images have in common. */
final class Mixing {
    private Mixing() {}

    static void requireAlpha(double alpha) {
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("the parameter of a beta distribution is above 0, but got " + alpha);
        }
    }

    /** A share from Beta(alpha, alpha). */
    static double share(double alpha, RandomGenerator random) {
        return new BetaDistribution(random, alpha, alpha).sample();
    }

    /** Labels in the order of the images that are mixed into others: the last into the first, and so on. */
    static int[] reversed(int[] labels) {
        int[] reversed = new int[labels.length];
        for (int i = 0; i < labels.length; i++) {
            reversed[i] = labels[labels.length - 1 - i];
        }
        return reversed;
    }
}
