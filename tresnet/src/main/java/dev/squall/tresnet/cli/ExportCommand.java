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
import java.nio.file.Path;
import java.util.Map;
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
            description = "The file to write: .onnx, .pth (PyTorch) or .safetensors.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--names",
            paramLabel = "SCHEME",
            defaultValue = "timm",
            description = "For weights: official or timm (default: ${DEFAULT-VALUE}).")
    private Naming names = Naming.TIMM;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Override
    public void run() {
        WeightsWriter.Format format = WeightsWriter.formatOf(out);
        WeightsWriter.requireFree(out, force);
        if (format == WeightsWriter.Format.ONNX) {
            writeModel();
        } else {
            try (Backend backend =
                            Backends.open("reference", BackendOptions.DEFAULT).backend();
                    Classifier classifier = weights.open(backend)) {
                WeightsWriter.write(
                        out,
                        format,
                        Weights.stored(classifier.network(), names),
                        names == Naming.OFFICIAL ? classifier.card().toMetadata() : Map.of());
            }
        }
        spec.commandLine().getOut().println(out);
    }

    private void writeModel() {
        try (RecordingBackend backend = new RecordingBackend();
                Classifier classifier = weights.open(backend)) {
            ModelCard card = classifier.card();
            Shape image = Shape.of(
                    card.image().channels(), card.image().height(), card.image().width());
            OnnxExport.write(out, backend, classifier.network(), image, card.toMetadata());
        } catch (IOException e) {
            throw WeightsWriter.unwritable(out, e);
        }
    }
}
