package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.WeightsFile;
import dev.squall.tresnet.Fit;
import dev.squall.tresnet.Naming;
import dev.squall.tresnet.Weights;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet convert}: the same weights in another form or under other names. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Writes weights in another form, and TResNets under other names. What is around the weights in a checkpoint (optimizer, settings)"
                    + " is left out.",
        },
        footer = {
            "",
            "Examples:",
            "  tresnet convert checkpoint.pth weights.safetensors",
            "  tresnet convert --names timm best.safetensors for-timm.pth",
        })
final class ConvertCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A safetensors file, the index of several, or a PyTorch checkpoint.")
    @SuppressWarnings("NullAway.Init")
    private Path in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "The file to write: .safetensors, or .pth, .pt or .bin for PyTorch.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    /** What the option takes. */
    enum Names {
        OFFICIAL,
        TIMM,
        KEEP
    }

    @Option(
            names = "--names",
            paramLabel = "SCHEME",
            defaultValue = "keep",
            description = "official, timm or keep (default: ${DEFAULT-VALUE}).")
    private Names names = Names.KEEP;

    @Option(
            names = "--no-ema",
            description = "Take the weights themselves where the file also holds a moving average of them.")
    private boolean noAverage;

    @Option(names = "--force", description = "Replace OUT if it exists.")
    private boolean force;

    @Override
    public void run() {
        WeightsWriter.Format format = WeightsWriter.formatOf(out);
        if (format == WeightsWriter.Format.ONNX) {
            throw new BadInputException("an ONNX model is more than weights; 'tresnet export' writes one");
        }
        WeightsWriter.requireFree(out, force);
        WeightsFile weights = WeightsFile.read(in, !noAverage);
        Map<String, HostTensor> tensors = switch (names) {
            case KEEP -> weights.tensors();
            case OFFICIAL -> renamed(weights, Naming.OFFICIAL);
            case TIMM -> renamed(weights, Naming.TIMM);
        };
        WeightsWriter.write(out, format, tensors, weights.metadata());
        PrintWriter printer = spec.commandLine().getOut();
        weights.notes().forEach(note -> printer.println("note: " + note));
        printer.printf(Locale.ROOT, "%s: %,d tensors%n", out, tensors.size());
    }

    private Map<String, HostTensor> renamed(WeightsFile weights, Naming naming) {
        Fit fit = Fit.of(weights.tensors()).stream()
                .filter(Fit::isWhole)
                .findFirst()
                .orElseThrow(
                        () -> new BadInputException(
                                in
                                        + " fits no network of this program, so its names cannot be changed; 'tresnet weights' shows what it holds"));
        return fit.naming() == naming
                ? weights.tensors()
                : Weights.converted(fit, weights.tensors(), naming, in.toString());
    }
}
