package dev.squall.tresnet.explain;

/**
 * What a network says of an image, and what in it speaks for one of the classes.
 *
 * @param probabilities by label; they sum to 1
 * @param label the class that the map is about
 * @param map of the prepared image, which may be a part of the picture
 */
public record Explanation(float[] probabilities, int label, HeatMap map) {
    /** That of the class that the map is about. */
    public float probability() {
        return probabilities[label];
    }

    /** The label of the highest of {@code values}. */
    static int highest(float[] values) {
        int highest = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[highest]) {
                highest = i;
            }
        }
        return highest;
    }
}
