package dev.squall.tresnet.run;

/**
 * What a network took an image for.
 *
 * @param index of the image in its data set
 * @param image what the data set calls it: its file, or its number
 * @param label the name of its class
 * @param prediction the name of the class that the network takes it for
 * @param probability that it gives this class
 * @param labelProbability that it gives the image's class
 */
public record Prediction(
        int index, String image, String label, String prediction, float probability, float labelProbability) {
    /** Whether the network is right. */
    public boolean isRight() {
        return label.equals(prediction);
    }
}
