package dev.squall.bench.paper;

import java.util.Arrays;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.apache.commons.math3.stat.inference.TTest;

/**
 * What a few samples say. Times are judged by medians and ranks, because neighbours on a shared machine make some of them very long; accuracies, which have no such
 * outliers, by means and Student's t.
 */
final class Statistics {
    /** How sure an interval is to hold the true value, where there are samples enough. */
    static final double CONFIDENCE = 0.95;

    /** A difference is called one if chance alone would show it less often than this. */
    static final double SIGNIFICANCE = 0.05;

    private Statistics() {}

    /**
     * A value and where the true one lies.
     *
     * @param confidence the probability that the interval holds it
     */
    record Estimate(double value, double low, double high, double confidence) {
        /** The same in another unit, such as images a second instead of seconds an image. */
        Estimate per(double amount) {
            return new Estimate(amount / value, amount / high, amount / low, confidence);
        }
    }

    static double median(double... samples) {
        return new DescriptiveStatistics(samples).getPercentile(50);
    }

    /**
     * The median, and the narrowest interval between two samples, equally far from both ends, that holds the true median with {@link #CONFIDENCE}; all
     * samples where they are too few for that. How often k of n samples lie below the true median is binomial, whatever their distribution.
     */
    static Estimate medianWithInterval(double... samples) {
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        if (n == 0) {
            throw new IllegalArgumentException("the median of no samples");
        }
        BinomialDistribution below = new BinomialDistribution(null, n, 0.5);
        int cut = 0;
        while (2 * (cut + 1) < n && coverage(below, cut + 1) >= CONFIDENCE) {
            cut++;
        }
        return new Estimate(median(sorted), sorted[cut], sorted[n - 1 - cut], coverage(below, cut));
    }

    /** The probability that the true median lies between the sample of rank {@code cut} from below and that from above. */
    private static double coverage(BinomialDistribution below, int cut) {
        return 1 - 2 * below.cumulativeProbability(cut);
    }

    /** The mean with its interval by Student's t; of one sample the interval is unbounded. */
    static Estimate meanWithInterval(double... samples) {
        DescriptiveStatistics all = new DescriptiveStatistics(samples);
        double mean = all.getMean();
        if (samples.length < 2) {
            return new Estimate(mean, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, CONFIDENCE);
        }
        double t = new TDistribution(samples.length - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
        double half = t * all.getStandardDeviation() / Math.sqrt(samples.length);
        return new Estimate(mean, mean - half, mean + half, CONFIDENCE);
    }

    /** {@code numerator[i] / denominator[i]}: both were measured in round i, next to each other, so that what loads the machine cancels. */
    static double[] ratios(double[] numerator, double[] denominator) {
        double[] ratios = new double[Math.min(numerator.length, denominator.length)];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = numerator[i] / denominator[i];
        }
        return ratios;
    }

    /** How probable ranks as different as those of {@code a} and {@code b} are if both come from one distribution (Mann and Whitney). */
    static double probabilityOfEqualTimes(double[] a, double[] b) {
        return new MannWhitneyUTest().mannWhitneyUTest(a, b);
    }

    /** How probable means as different as those of {@code a} and {@code b}, paired by seed, are if both are one; 1 for fewer than two pairs or no difference at all. */
    static double probabilityOfEqualMeans(double[] a, double[] b) {
        if (a.length < 2 || a.length != b.length || Arrays.equals(a, b)) {
            return 1;
        }
        double[] differences = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            differences[i] = a[i] - b[i];
        }
        if (new DescriptiveStatistics(differences).getStandardDeviation() == 0) {
            return 0;
        }
        return new TTest().pairedTTest(a, b);
    }
}
