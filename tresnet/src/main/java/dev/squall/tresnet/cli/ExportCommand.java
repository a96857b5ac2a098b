package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.onnx.OnnxExport;
import dev.squall.onnx.RecordingBackend;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Naming;
import dev.squall.tresnet.Weights;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tresnet export}: a trained network for other programs. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Writes a trained network for other programs: as an ONNX model (opset 18, any number of images at a time, norms folded in), or its weights"
                    + " under timm's names as a PyTorch checkpoint or a safetensors file.",
        },
        footer = {
            "",
            "Examples:",
            "  tresnet export --weights best.safetensors --out network.onnx",
            "  tresnet export --weights best.safetensors --out for-timm.pth",
            "  tresnet export --weights best.safetensors --format torch --out checkpoint.tar",
            "  tresnet export --weights best.safetensors --out network.onnx --json",
            "",
            "The ONNX model takes \"images\" [batch, C, H, W], normalised as its metadata says, and gives \"logits\" [batch, classes].",
        })
final class ExportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final WeightsMixin weights = new WeightsMixin();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "The file to write: .onnx, .pth (PyTorch) or .safetensors, or another name with --format.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "What to write: ${COMPLETION-CANDIDATES} (default: as the name of the file says).")
    private WeightsWriter.@Nullable Format format;

    @Option(
            names = "--names",
            paramLabel = "SCHEME",
            defaultValue = "timm",
            description = "For weights: official or timm (default: ${DEFAULT-VALUE}).")
    private Naming names = Naming.TIMM;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    /**
     * What was written, for programs.
     *
     * @param metadata what must be known to use it: the classes, the images, how they are prepared
     */
    private record Written(String file, String format, Map<String, String> metadata) {}

    @Override
    public void run() {
        WeightsWriter.Format format = WeightsWriter.formatOf(out, this.format);
        OutputFile.requireWritable(out, force);
        Map<String, String> description;
        if (format == WeightsWriter.Format.ONNX) {
            description = writeModel();
        } else {
            try (Backend backend =
                            Backends.open("reference", BackendOptions.DEFAULT).backend();
                    Classifier classifier = weights.open(backend)) {
                description = classifier.card().toMetadata();
                WeightsWriter.write(
                        out,
                        format,
                        Weights.stored(classifier.network(), names),
                        names == Naming.OFFICIAL ? description : Map.of());
            }
        }
        PrintWriter printer = spec.commandLine().getOut();
        if (json) {
            Json.print(printer, new Written(out.toString(), format.name().toLowerCase(Locale.ROOT), description));
        } else {
            printer.println(out);
        }
    }

    private Map<String, String> writeModel() {
        try (RecordingBackend backend = new RecordingBackend();
                Classifier classifier = weights.open(backend)) {
            ModelCard card = classifier.card();
            Shape image = Shape.of(
                    card.image().channels(), card.image().height(), card.image().width());
            OnnxExport.write(out, backend, classifier.network(), image, card.toMetadata());
            return card.toMetadata();
        } catch (IOException e) {
            throw OutputFile.unwritable(out, e);
        }
    }
}
