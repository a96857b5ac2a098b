package dev.squall.tresnet.cli;

import dev.squall.error.Plural;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.WeightsFile;
import dev.squall.tresnet.Fit;
import dev.squall.tresnet.Naming;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet weights}: what a file of weights holds. */
@Command(
        name = "weights",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Shows the tensors in a file of weights and which network they fit. Nothing in a PyTorch checkpoint is run.",
        footer = {
            "",
            "Examples:",
            "  tresnet weights runs/sample-tresnet_tiny/best.safetensors",
            "  tresnet weights --json checkpoint.pth",
        })
final class WeightsCommand implements Runnable {
    private static final int NAMED_FITS = 3;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A safetensors file, the index of several, or a PyTorch checkpoint.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--no-ema",
            description = "Take the weights themselves where the file also holds a moving average of them.")
    private boolean noAverage;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public void run() {
        WeightsFile stored = WeightsFile.read(file, !noAverage);
        List<String> notes = new ArrayList<>(stored.notes());
        WeightsFile weights =
                new WeightsFile(stored.format(), Fit.withoutPrefix(stored.tensors(), notes), stored.metadata(), notes);
        List<Fit> fits = Fit.of(weights.tensors());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, report(weights, fits));
        } else {
            print(out, weights, fits);
        }
    }

    private Map<String, Object> report(WeightsFile weights, List<Fit> fits) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", file.toString());
        report.put("format", weights.format());
        report.put("notes", weights.notes());
        report.put("metadata", weights.metadata());
        report.put("fits", fits.stream().limit(NAMED_FITS).toList());
        report.put(
                "tensors",
                weights.tensors().entrySet().stream()
                        .map(entry -> Map.of(
                                "name",
                                entry.getKey(),
                                "type",
                                entry.getValue().type().name(),
                                "shape",
                                entry.getValue().shape()))
                        .toList());
        return report;
    }

    private void print(PrintWriter out, WeightsFile weights, List<Fit> fits) {
        weights.tensors().forEach((name, tensor) -> out.println(name + "  " + tensor));
        long elements = weights.tensors().values().stream()
                .mapToLong(HostTensor::elements)
                .sum();
        out.printf(
                Locale.ROOT,
                "%n%s (%s): %s, %s%n",
                file,
                weights.format(),
                Plural.of(weights.tensors().size(), "tensor"),
                Plural.of(elements, "element"));
        weights.notes().forEach(note -> out.println("note: " + note));
        weights.metadata().forEach((key, value) -> out.println(key + ": " + value));
        if (fits.isEmpty()) {
            out.println("fits no network of this program");
        }
        fits.stream().limit(NAMED_FITS).forEach(fit -> out.println(line(fit)));
    }

    private static String line(Fit fit) {
        String names = fit.naming() == Naming.TIMM ? "timm's" : "official";
        String network = fit.network() + " with " + Plural.of(fit.classes(), "class") + ", under " + names + " names"
                + (fit.folded() ? ", norms folded into the convolutions" : "");
        return fit.isWhole()
                ? "fits " + network
                : "nearest: " + network + ": " + fit.matching() + " of " + Plural.of(fit.expected(), "tensor")
                        + " fit, " + fit.surplus() + (fit.surplus() == 1 ? " is" : " are") + " left over";
    }
}
