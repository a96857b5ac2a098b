package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.nn.NormKind;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.Footprint;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet summary}: what a network consists of and costs, from shapes alone. */
@Command(
        name = "summary",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows a network layer by layer, its cost and its memory.",
        footer = {
            "",
            "Multiply-adds are those of convolutions and linear layers in one forward pass of the whole batch."
                    + " Memory is found from shapes alone; a backend may add padding, which --measure includes.",
            "",
            "Examples:",
            "  tresnet summary --model tresnet_m",
            "  tresnet summary --model tresnet_l --image-size 448 --memory 16GB",
            "  tresnet summary --model tresnet_m --json"
        })
final class SummaryCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = Networks.DEFAULT,
            description = "The network (default: ${DEFAULT-VALUE}).")
    private String model = Networks.DEFAULT;

    @Option(
            names = "--image-size",
            paramLabel = "N",
            description = "The side of the images in pixels (default: the network's usual one).")
    private @Nullable Integer imageSize;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Images in a batch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--channels",
            paramLabel = "N",
            description = "Channels of the images (default: the network's usual ones).")
    private @Nullable Integer channels;

    @Option(names = "--classes", paramLabel = "N", description = "Classes (default: the network's usual ones).")
    private @Nullable Integer classes;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Also say the largest batch that trains within this memory, such as 16GB.")
    private @Nullable String memory;

    @Option(
            names = "--measure",
            description = "Also do one training step on the backend and show what its own counter says about memory.")
    private boolean measure;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Option(names = "--json", description = "Print JSON: the totals, and the layers.")
    private boolean json;

    @Override
    public void run() {
        NetworkPreset preset = Networks.preset(model);
        int side = imageSize == null ? preset.imageSize() : imageSize;
        Arguments.within("--image-size", side, 1, Arguments.LARGEST_SIDE);
        Arguments.within("--batch", batch, 1, Arguments.MOST_IN_BATCH);
        int inputChannels = channels == null ? preset.config().inputChannels() : channels;
        int outputs = classes == null ? preset.config().classes() : classes;
        Arguments.within("--channels", inputChannels, 1, Arguments.MOST_CHANNELS);
        Arguments.within("--classes", outputs, 1, Arguments.MOST_CLASSES);
        NetworkConfig config = preset.config().withInputChannels(inputChannels).withClasses(outputs);
        config.requireImageSize(side, side);
        SummaryReport report;
        try {
            report = report(config, side);
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new BadInputException(
                    "batches of " + Plural.of(batch, "image") + " of " + new ImageShape(inputChannels, side, side)
                            + " make tensors of more elements than are counted, 2^31 - 1; choose a smaller --batch or"
                            + " --image-size",
                    e);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> request = new LinkedHashMap<>();
            request.put("model", model);
            request.put("imageSize", side);
            request.put("batch", batch);
            report.printJson(out, request);
        } else {
            report.printText(out);
        }
    }

    private SummaryReport report(NetworkConfig config, int side) {
        Precision precision = backendOptions.precision();
        HalfFormat activations = precision == null ? null : precision.activations();
        return new SummaryReport(
                Summary.of(config, batch, side, side, activations),
                forEachNorm(config, other -> footprint(Summary.of(other, batch, side, side, activations))),
                memory == null
                        ? null
                        : Summary.largestTrainingBatch(
                                config,
                                side,
                                side,
                                Arguments.bytes("--memory", memory),
                                new MetaBackend(MetaBackend.FLOATS, activations)),
                measure ? measure(config, Shape.of(batch, config.inputChannels(), side, side)) : null);
    }

    private static Footprint footprint(Summary summary) {
        return new Footprint(summary.activationBytes(), summary.peakTrainingBytes());
    }

    private static Map<NormKind, Footprint> forEachNorm(
            NetworkConfig config, Function<NetworkConfig, Footprint> footprint) {
        Map<NormKind, Footprint> footprints = new EnumMap<>(NormKind.class);
        config.norms().forEach(norm -> footprints.put(norm, footprint.apply(config.withNorm(norm))));
        return footprints;
    }

    private SummaryReport.Measured measure(NetworkConfig config, Shape images) {
        try (Backend backend = backendOptions.open(main.progress()).backend()) {
            ImageShape image = new ImageShape(images.channels(), images.height(), images.width());
            NetworkConfig hungriest = config.norms().stream()
                    .map(config::withNorm)
                    .max(Comparator.comparingLong(
                            other -> Summary.peakBytes(true, other, 2, images.height(), images.width(), backend)))
                    .orElse(config);
            MemoryAdvice.requireFits(MemoryAdvice.Work.TRAINING, backend, hungriest, image, batch);
            return new SummaryReport.Measured(
                    backend.name(), forEachNorm(config, other -> Footprint.ofTraining(backend, other, images)));
        }
    }
}
