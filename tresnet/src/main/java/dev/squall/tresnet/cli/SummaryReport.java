package dev.squall.tresnet.cli;

import dev.squall.nn.NormKind;
import dev.squall.tresnet.Footprint;
import dev.squall.tresnet.Summary;
import dev.squall.tresnet.Summary.Layer;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network's costs, for people and for programs.
 *
 * @param summary with the network's own norm
 * @param training memory with each norm that it exists with, from shapes
 * @param largestBatch that trains in a given memory; null if nobody asked
 * @param measured by the counter of a real backend; null if nobody asked
 */
record SummaryReport(
        Summary summary,
        Map<NormKind, Footprint> training,
        @Nullable Integer largestBatch,
        @Nullable Measured measured) {
    /** The memory of a training step on the backend called {@code backend}, with each norm. */
    record Measured(String backend, Map<NormKind, Footprint> training) {}

    void printText(PrintWriter out) {
        int width = summary.layers().stream()
                .mapToInt(layer -> layer.name().length())
                .max()
                .orElse(0);
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
        line(out, "peak memory in inference", Arguments.readable(summary.peakInferenceBytes()));
        training(out, "from shapes", training);
        if (measured != null) {
            training(out, "counted by " + measured.backend, measured.training);
        }
        if (largestBatch != null) {
            line(out, "largest batch in training", largestBatch == 0 ? "not even 1 fits" : number(largestBatch));
        }
    }

    private static void training(PrintWriter out, String source, Map<NormKind, Footprint> footprints) {
        out.printf("one training step, %s%n", source);
        out.printf("  %-32s %14s %14s%n", "", "kept", "peak");
        footprints.forEach((norm, footprint) -> footprint(out, name(norm), footprint));
    }

    private static String name(NormKind norm) {
        return switch (norm) {
            case INPLACE -> "Inplace-ABN";
            case BATCHNORM -> "batch norm, then activation";
        };
    }

    private static void footprint(PrintWriter out, String norm, Footprint footprint) {
        out.printf(
                "  %-32s %14s %14s%n",
                norm, Arguments.readable(footprint.activationBytes()), Arguments.readable(footprint.peakBytes()));
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf("%-34s %14s%n", what, value);
    }

    /** Prints JSON that begins with {@code request}. */
    void printJson(PrintWriter out, Map<String, Object> request) {
        Map<String, Object> root = new LinkedHashMap<>(request);
        root.put("parameters", summary.parameters());
        root.put("multiplyAdds", summary.multiplyAdds());
        root.put("activationBytes", summary.activationBytes());
        root.put("peakTrainingBytes", summary.peakTrainingBytes());
        root.put("peakInferenceBytes", summary.peakInferenceBytes());
        Footprint batchNorm = training.get(NormKind.BATCHNORM);
        if (batchNorm != null) {
            root.put("batchNormActivationBytes", batchNorm.activationBytes());
            root.put("batchNormPeakTrainingBytes", batchNorm.peakBytes());
        }
        if (measured != null) {
            Map<String, Object> counted = new LinkedHashMap<>();
            counted.put("backend", measured.backend);
            measured.training.forEach(
                    (norm, footprint) -> counted.put(norm == NormKind.INPLACE ? "inplace" : "batchNorm", footprint));
            root.put("measured", counted);
        }
        if (largestBatch != null) {
            root.put("largestTrainingBatch", largestBatch);
        }
        root.put("layers", summary.layers());
        Json.print(out, root);
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
