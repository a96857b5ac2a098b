package dev.squall.tresnet.cli;

import dev.squall.nn.NormKind;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;
import dev.squall.tresnet.Summary.Layer;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code tresnet summary}: what a network consists of and costs, from shapes alone. */
@Command(
        name = "summary",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows a network layer by layer, its cost and its memory, without computing anything.",
        footer = {
            "",
            "Multiply-adds are those of convolutions and linear layers in one forward pass of the whole batch.",
            "Bytes are those of 32-bit values without the padding that a backend may add.",
            "",
            "Examples:",
            "  tresnet summary --model tresnet_m",
            "  tresnet summary --model tresnet_l --image-size 448 --batch 32 --memory 16GB",
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

    @Option(names = "--json", description = "Print JSON: the totals, and the layers.")
    private boolean json;

    @Override
    public void run() {
        NetworkPreset preset = Networks.preset(model);
        int side = imageSize == null ? preset.imageSize() : imageSize;
        Arguments.atLeast("--image-size", side, 1);
        Arguments.atLeast("--batch", batch, 1);
        int inputChannels = channels == null ? preset.config().inputChannels() : channels;
        int outputs = classes == null ? preset.config().classes() : classes;
        Arguments.atLeast("--channels", inputChannels, 1);
        Arguments.atLeast("--classes", outputs, 1);
        var config = preset.config().withInputChannels(inputChannels).withClasses(outputs);
        config.requireImageSize(side, side);
        Summary inplace = Summary.of(config.withNorm(NormKind.INPLACE), batch, side, side);
        Summary batchNorm = Summary.of(config.withNorm(NormKind.BATCHNORM), batch, side, side);
        @Nullable
        Integer largest = memory == null
                ? null
                : Summary.largestTrainingBatch(config, side, side, Arguments.bytes("--memory", memory));
        if (json) {
            printJson(inplace, batchNorm, side, largest);
        } else {
            printText(inplace, batchNorm, largest);
        }
    }

    private void printText(Summary summary, Summary batchNorm, @Nullable Integer largest) {
        PrintWriter out = spec.commandLine().getOut();
        int width = summary.layers().stream()
                .mapToInt(layer -> layer.name().length())
                .max()
                .orElse(5);
        String row = "%-" + width + "s  %-18s %-20s %-20s %12s %16s%n";
        out.printf(row, "layer", "kind", "input", "output", "parameters", "multiply-adds");
        for (Layer layer : summary.layers()) {
            out.printf(
                    row,
                    layer.name(),
                    layer.kind(),
                    layer.input(),
                    layer.output(),
                    number(layer.parameters()),
                    number(layer.multiplyAdds()));
        }
        out.println();
        line(out, "parameters", number(summary.parameters()));
        line(out, "multiply-adds", number(summary.multiplyAdds()));
        line(out, "activations kept for backward", Arguments.readable(summary.activationBytes()));
        line(out, "peak memory in training", Arguments.readable(summary.peakTrainingBytes()));
        line(
                out,
                "  with batch norm + leaky ReLU",
                Arguments.readable(batchNorm.peakTrainingBytes()) + " (activations "
                        + Arguments.readable(batchNorm.activationBytes()) + ")");
        line(out, "peak memory in inference", Arguments.readable(summary.peakInferenceBytes()));
        if (largest != null) {
            line(out, "largest training batch in " + memory, largest == 0 ? "not even 1" : number(largest));
        }
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf("%-34s %s%n", what, value);
    }

    private void printJson(Summary summary, Summary batchNorm, int side, @Nullable Integer largest) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("model", model);
        root.put("imageSize", side);
        root.put("batch", batch);
        root.put("parameters", summary.parameters());
        root.put("multiplyAdds", summary.multiplyAdds());
        root.put("activationBytes", summary.activationBytes());
        root.put("peakTrainingBytes", summary.peakTrainingBytes());
        root.put("peakInferenceBytes", summary.peakInferenceBytes());
        root.put("batchNormActivationBytes", batchNorm.activationBytes());
        root.put("batchNormPeakTrainingBytes", batchNorm.peakTrainingBytes());
        if (largest != null) {
            root.put("largestTrainingBatch", largest);
        }
        root.put("layers", summary.layers());
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        spec.commandLine().getOut().println(mapper.writeValueAsString(root));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
