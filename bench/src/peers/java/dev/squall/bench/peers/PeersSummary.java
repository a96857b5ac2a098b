package dev.squall.bench.peers;

import dev.squall.bench.peers.Measurement.Timing;
import dev.squall.bench.peers.PeerRow.Bar;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One line for each row, as a table in Markdown: how many times as long the others take, and whether that is what was aimed at. */
final class PeersSummary {
    private static final List<String> PEERS =
            List.of("pytorch", "onnxruntime", "nd4j", Contender.OURS + ", one thread");

    private final List<String> lines = new ArrayList<>(List.of(
            "| | Squall (quartiles) | of peak | PyTorch | ONNX Runtime | ND4J | one thread | aim | |",
            "|---|---|---|---|---|---|---|---|---|"));

    /**
     * Adds a row.
     *
     * @param fraction of the peak
     */
    void add(PeerRow row, List<Timing> timings, double fraction) {
        Timing ours = timings.getFirst();
        List<String> cells = new ArrayList<>();
        cells.add(row.name());
        double images = row.work().images() / ours.median();
        cells.add(milliseconds(ours) + (images > 0 ? text(", %.1f images/s", images) : ""));
        cells.add(text("%.2f", fraction));
        for (String peer : PEERS) {
            double times = times(peer, timings);
            cells.add(Double.isInfinite(times) ? "" : text("%.2fx", times));
        }
        List<String> aims = new ArrayList<>();
        boolean missed = false;
        for (Bar bar : row.bars()) {
            boolean ofPeak = bar.against().equals(Bar.PEAK);
            double reached = ofPeak ? fraction : times(bar.against(), timings);
            if (!Double.isInfinite(reached)) {
                aims.add(bar.against() + text(ofPeak ? " %.2f" : " %.2fx", bar.atLeast()));
                missed |= reached < bar.atLeast();
            }
        }
        cells.add(String.join(", ", aims));
        boolean agreed = timings.stream().allMatch(Timing::gradientsAgree);
        cells.add(agreed ? verdict(aims.isEmpty(), missed) : "gradients disagree");
        add(cells);
    }

    /** Adds something of which less is better. */
    void add(String name, String ours, String pytorch, String aim, boolean met) {
        add(List.of(name, ours, "", pytorch, "", "", "", aim, verdict(false, !met)));
    }

    private void add(List<String> cells) {
        lines.add("| " + String.join(" | ", cells) + " |");
    }

    private static String verdict(boolean nothingToReach, boolean missed) {
        return nothingToReach ? "" : missed ? "missed" : "met";
    }

    /** How many times as long the fastest of those takes whose names begin so; infinite if there is none. */
    private static double times(String peer, List<Timing> timings) {
        double fastest = timings.stream()
                .filter(timing -> timing.contender().startsWith(peer))
                .mapToDouble(Timing::median)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        return fastest / timings.getFirst().median();
    }

    private static String milliseconds(Timing timing) {
        double q1 = timing.seconds().getPercentile(25) * 1e3;
        double q3 = timing.seconds().getPercentile(75) * 1e3;
        String format = q3 < 100 ? "%.2f ms (%.2f-%.2f)" : "%.0f ms (%.0f-%.0f)";
        return text(format, timing.median() * 1e3, q1, q3);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
