package dev.squall.tresnet;

import dev.squall.data.Normalize;
import dev.squall.data.image.Interpolation;
import dev.squall.train.Recipe;
import java.util.List;
import java.util.Map;

/**
 * A network that can be asked for by name, with what suits it.
 *
 * @param config the network for its usual input channels and classes
 * @param imageSize the side in pixels of the images it is usually given
 * @param description one line for people
 * @param preparation what published weights expect of a picture
 * @param recipe how to train it fast, if the user says nothing else
 */
public record NetworkPreset(
        NetworkConfig config, int imageSize, String description, Preparation preparation, Recipe recipe) {
    private static final Normalize IMAGENET =
            new Normalize(List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));

    private static final int CIFAR_EPOCHS = 60;

    private static final Recipe PAPER = Recipe.STANDARD.with(Map.of(
            "epochs", "300",
            "optimizer", "adamw",
            "lr", "2e-4",
            "weight-decay", "1e-4",
            "label-smoothing", "0.1",
            "ema", "0.9997"));

    /**
     * What published weights expect of a picture.
     *
     * @param normalize what is done to its values in [0, 1]
     * @param crop which part of its shorter side is looked at, from above 0 to 1
     * @param interpolation how it is resized
     */
    public record Preparation(Normalize normalize, double crop, Interpolation interpolation) {
        /** Values as they are, and the middle 224 of 256 pixels, as TResNet was evaluated. */
        static Preparation plain(int channels) {
            return new Preparation(Normalize.identity(channels), 0.875, Interpolation.BILINEAR);
        }

        /** The mean and the standard deviation of ImageNet's pixels, resized as timm does. */
        static Preparation imagenet(double crop) {
            return new Preparation(IMAGENET, crop, Interpolation.BICUBIC);
        }

        /** Values from [0, 1] to [-1, 1], resized as timm does. */
        static Preparation centred(double crop) {
            List<Float> half = List.of(0.5f, 0.5f, 0.5f);
            return new Preparation(new Normalize(half, half), crop, Interpolation.BICUBIC);
        }
    }

    /** The name. */
    public String name() {
        return config.name();
    }

    /**
     * The same with a recipe that also suits the data: the small network has learned clothes in grey after a few epochs, and goes on learning
     * photographs in colour for many.
     *
     * @param data what the user calls it, such as {@code cifar10:DIR}
     */
    public NetworkPreset forData(String data) {
        return data.startsWith("cifar") && name().equals(Networks.DEFAULT)
                ? new NetworkPreset(config, imageSize, description, preparation, recipe.with("epochs", CIFAR_EPOCHS))
                : this;
    }

    /** The published recipe, about: as far as the authors say it. It takes weeks on a processor. */
    public Recipe paper() {
        return PAPER;
    }
}
