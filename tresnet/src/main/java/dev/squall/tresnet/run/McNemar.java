package dev.squall.tresnet.run;

import dev.squall.error.Plural;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;

/**
 * McNemar's test, in its exact form, of whether two networks are equally often right on one test set (McNemar, "Note on the sampling error of the
 * difference between correlated proportions or percentages", 1947). Only images count of which one network is right and the other wrong: were the
 * two equally good, either would be the right one as often as a coin shows heads.
 *
 * @param onlyFirst images of which only the first network is right
 * @param onlySecond likewise
 * @param images all of them
 * @param p the probability that two equally good networks differ as much or more, two-sided, by the binomial distribution
 */
public record McNemar(int onlyFirst, int onlySecond, int images, double p) {
    /** Below this, chance is not held for the reason. */
    static final double LEVEL = 0.05;

    /** Of the predictions of two networks for the same images in the same order. */
    static McNemar of(List<Prediction> first, List<Prediction> second) {
        int onlyFirst = 0;
        int onlySecond = 0;
        for (int i = 0; i < first.size(); i++) {
            boolean right = first.get(i).isRight();
            if (right != second.get(i).isRight()) {
                onlyFirst += right ? 1 : 0;
                onlySecond += right ? 0 : 1;
            }
        }
        return of(onlyFirst, onlySecond, first.size());
    }

    static McNemar of(int onlyFirst, int onlySecond, int images) {
        int differing = onlyFirst + onlySecond;
        // The distribution is symmetric: twice one tail, which for equal counts would be more than 1.
        double p = onlyFirst == onlySecond
                ? 1
                : Math.min(
                        1,
                        2
                                * new BinomialTest()
                                        .binomialTest(
                                                differing,
                                                Math.max(onlyFirst, onlySecond),
                                                0.5,
                                                AlternativeHypothesis.GREATER_THAN));
        return new McNemar(onlyFirst, onlySecond, images, p);
    }

    /**
     * Whether the two are of the same images, as far as their names and labels tell. Names are compared below the directory that all of a run have in
     * common, since data may be moved between two runs. Labels alone would not do: another seed sets apart as many images of each class, but other ones.
     */
    static boolean isSameTestSet(List<Prediction> first, List<Prediction> second) {
        return !first.isEmpty()
                && labels(first).equals(labels(second))
                && namesBelowCommon(first).equals(namesBelowCommon(second));
    }

    private static List<String> labels(List<Prediction> predictions) {
        return predictions.stream().map(Prediction::label).toList();
    }

    private static List<String> namesBelowCommon(List<Prediction> predictions) {
        List<String> names = predictions.stream()
                .map(each -> each.image().replace('\\', '/'))
                .toList();
        String common = names.stream().reduce(McNemar::commonPrefix).orElse("");
        int directory = common.lastIndexOf('/') + 1;
        return names.stream().map(name -> name.substring(directory)).toList();
    }

    private static String commonPrefix(String a, String b) {
        int length = 0;
        while (length < Math.min(a.length(), b.length()) && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return a.substring(0, length);
    }

    /**
     * In a sentence or two.
     *
     * @param corrected {@link #p}, or more where it is one of several tests
     */
    String verdict(String first, String second, double corrected) {
        String counts = String.format(
                Locale.ROOT,
                "of %s, %,d %s classified rightly only by %s and %,d only by %s (%s)",
                Plural.of(images, "test image"),
                onlyFirst,
                onlyFirst == 1 ? "is" : "are",
                first,
                onlySecond,
                second,
                corrected < 1e-4 ? "p below 0.0001" : "p = " + probability(corrected));
        if (corrected >= LEVEL) {
            return "There is no telling which of " + first + " and " + second + " is better: " + counts + ".";
        }
        boolean isFirst = onlyFirst > onlySecond;
        return (isFirst ? first : second) + " is better than " + (isFirst ? second : first)
                + ", which chance hardly explains: " + counts + ".";
    }

    static String probability(double p) {
        return p < 1e-4 ? "below 0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }
}
