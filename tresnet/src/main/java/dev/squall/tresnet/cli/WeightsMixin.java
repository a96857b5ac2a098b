package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.StoredNetwork;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which trained network to use. */
final class WeightsMixin implements Ranged {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            required = true,
            description =
                    "The weights: a checkpoint of 'tresnet train', or a safetensors file, the index of several, or a PyTorch checkpoint"
                            + " with the official names or timm's.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "The network that the weights belong to; only needed if the file does not say it.")
    private @Nullable String model;

    @Option(
            names = "--image-size",
            paramLabel = "N",
            description =
                    "The side in pixels to which pictures are scaled (default: as in training, or the network's usual one).")
    private @Nullable Integer imageSize;

    @Option(
            names = "--no-ema",
            description = "Take the weights themselves where the file also holds a moving average of them.")
    private boolean noAverage;

    /**
     * Loads the network.
     *
     * @throws BadInputException if the file is missing or damaged, or does not fit the network
     */
    Classifier open(Backend backend) {
        requireRanges();
        Classifier classifier = Classifier.open(backend, StoredNetwork.read(file, model, !noAverage), imageSize);
        classifier.notes().forEach(note -> spec.commandLine().getErr().println(file + ": " + note));
        return classifier;
    }

    @Override
    public void requireRanges() {
        if (imageSize != null) {
            Arguments.within("--image-size", imageSize, 1, Arguments.LARGEST_SIDE);
        }
    }

    /** The side to which images are scaled; null if that was not said. */
    @Nullable
    Integer imageSize() {
        return imageSize;
    }

    Path file() {
        return file;
    }
}
