package dev.squall.tresnet;

/**
 * A network that can be asked for by name, with what suits it.
 *
 * @param config the network for its usual input channels and classes
 * @param imageSize the side in pixels of the images it is usually given
 * @param description one line for people
 * @param recipe how to train it if the user says nothing else
 */
public record NetworkPreset(TResNetConfig config, int imageSize, String description, Recipe recipe) {
    /** The name. */
    public String name() {
        return config.name();
    }

    /**
     * Settings of a training.
     *
     * @param epochs passes over the training images
     * @param batch images in one step
     * @param learningRate the highest rate of the one-cycle schedule
     * @param weightDecay of the weights of convolutions and linear layers
     * @param labelSmoothing the probability that is spread over all classes
     * @param averageDecay decay of the moving average of the weights, which is what is kept; 0 for none
     */
    public record Recipe(
            int epochs,
            int batch,
            double learningRate,
            double weightDecay,
            double labelSmoothing,
            double averageDecay) {}
}
