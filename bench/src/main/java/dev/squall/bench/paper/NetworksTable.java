package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.Charts;
import dev.squall.tresnet.page.Charts.Point;
import dev.squall.tresnet.page.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.jspecify.annotations.Nullable;

/** The paper's table 1: how fast the networks run, and that their multiply-adds do not tell. */
final class NetworksTable implements Experiment {
    private static final String NAME = "networks";
    /** The network that people would take on a processor; the paper does not have it. */
    private static final String APART = "mobilenetv3_large_100";

    @Override
    public String name() {
        return NAME;
    }

    private static List<String> networks() {
        List<String> names = new ArrayList<>(
                Published.TABLE_1.stream().map(Published::network).toList());
        names.add(APART);
        return names;
    }

    private static String key(String network) {
        return NAME + "/" + network;
    }

    @Override
    public void measure(Backend backend, Measurement measurement) {
        List<Plan> inference = new ArrayList<>();
        List<Plan> training = new ArrayList<>();
        int batch = measurement.results().settings().batch();
        for (String network : networks()) {
            NetworkPreset preset = Networks.preset(network);
            int side = preset.imageSize();
            NetworkPlans.count(
                    key(network), preset.config(), side, measurement.results().figures());
            inference.add(NetworkPlans.inference(key(network), preset.config(), backend, batch, side));
            training.add(NetworkPlans.training(key(network), preset.config(), backend, batch, side));
        }
        // One after the other, so that only one set of networks is in memory.
        measurement.time(NAME, inference);
        measurement.time(NAME, training);
    }

    @Override
    public Section section(Results results) {
        Grid grid = new Grid(
                "Images a second, batches of " + results.settings().batch()
                        + "; EfficientNet-B1 at 240x240, the others at 224x224",
                List.of(
                        Column.text("network"),
                        Column.number("inference"),
                        Column.cited("inference", PaperReport.PAPER),
                        Column.number("training"),
                        Column.cited("training", PaperReport.PAPER),
                        Column.number("10⁹ multiply-adds"),
                        Column.number("10⁶ parameters"),
                        Column.number("MB moved an image"),
                        Column.number("FLOP a byte"),
                        Column.number("10⁹ multiply-adds a second"),
                        Column.cited("top-1 %", PaperReport.PAPER)));
        for (Published published : Published.TABLE_1) {
            row(grid, results, published.network(), published);
        }
        row(grid, results, APART, null);
        return new Section(NAME, "Table 1: FLOPs are not speed", paragraphs(results), List.of(grid), pictures(results));
    }

    private static void row(Grid grid, Results results, String network, @Nullable Published published) {
        double multiplyAdds = figure(results, network, "multiplyAdds");
        double bytes = figure(results, network, "bytesMoved");
        grid.row(
                published == null ? "MobileNetV3-Large (not in the paper)" : published.title(),
                rate(results, network, NetworkPlans.INFERENCE),
                published == null ? Section.NONE : Numbers.number(published.inference()),
                rate(results, network, NetworkPlans.TRAINING),
                published == null ? Section.NONE : Numbers.number(published.training()),
                Numbers.format("%.2f", multiplyAdds * 1e-9),
                Numbers.number(figure(results, network, "parameters") * 1e-6),
                Numbers.number(bytes * 1e-6),
                Numbers.number(2 * multiplyAdds / bytes),
                Numbers.number(speed(results, network, NetworkPlans.INFERENCE) * multiplyAdds * 1e-9),
                published == null ? Section.NONE : Numbers.format("%.1f", published.top1()));
    }

    private static double figure(Results results, String network, String name) {
        return results.figures().getOrDefault(key(network) + "/" + name, Double.NaN);
    }

    private static String rate(Results results, String network, String mode) {
        String key = key(network) + mode;
        return results.has(key) ? Numbers.estimate(results.timing(key).rate()) : Section.NONE;
    }

    private static double speed(Results results, String network, String mode) {
        String key = key(network) + mode;
        return results.has(key) ? results.timing(key).rate().value() : Double.NaN;
    }

    private static List<String> paragraphs(Results results) {
        List<String> text = new ArrayList<>();
        text.add(
                "The paper's first argument: networks with few multiply-adds are not fast, because depthwise and 1x1"
                        + " convolutions move many bytes for each of them. The column \"10⁹ multiply-adds a second\" shows how much of the"
                        + " arithmetic a network lets the machine do in inference; were multiply-adds speed, it would be one number.");
        List<Published> measured = Published.TABLE_1.stream()
                .filter(published -> results.has(key(published.network()) + NetworkPlans.INFERENCE))
                .toList();
        if (measured.size() > 2) {
            double[] ours = values(measured, p -> speed(results, p.network(), NetworkPlans.INFERENCE));
            double[] paper = values(measured, Published::inference);
            double[] work = values(measured, p -> -figure(results, p.network(), "multiplyAdds"));
            text.add(Numbers.format(
                    "Spearman's correlation of ranks over the %d networks: between our inference speed and having few"
                            + " multiply-adds %.2f (on the paper's GPU %.2f), between our speed and the paper's %.2f.",
                    measured.size(),
                    new SpearmansCorrelation().correlation(ours, work),
                    new SpearmansCorrelation().correlation(paper, work),
                    new SpearmansCorrelation().correlation(ours, paper)));
        }
        return text;
    }

    private static double[] values(List<Published> networks, ToDoubleFunction<Published> value) {
        return networks.stream().mapToDouble(value).toArray();
    }

    private static List<Picture> pictures(Results results) {
        List<Point> byWork = new ArrayList<>();
        for (String network : networks()) {
            double speed = speed(results, network, NetworkPlans.INFERENCE);
            if (!Double.isNaN(speed)) {
                byWork.add(new Point(titleOf(network), figure(results, network, "multiplyAdds") * 1e-9, speed));
            }
        }
        List<Point> byTop1 = Published.TABLE_1.stream()
                .filter(published -> results.has(key(published.network()) + NetworkPlans.TRAINING))
                .map(published -> new Point(
                        published.title(),
                        published.top1(),
                        speed(results, published.network(), NetworkPlans.TRAINING)))
                .toList();
        List<Picture> pictures = new ArrayList<>();
        if (!byWork.isEmpty()) {
            pictures.add(new Picture(
                    "Inference speed measured here against multiply-adds. If multiply-adds decided, the points would lie on a hyperbola.",
                    describe("images a second in inference", "10⁹ multiply-adds", byWork),
                    Charts.scatter("FLOPs are not speed", "10⁹ multiply-adds an image", "images a second", byWork)));
        }
        if (!byTop1.isEmpty()) {
            pictures.add(new Picture(
                    "Training speed measured here against the top-1 accuracy on ImageNet that the paper states.",
                    describe("images a second in training", "percent top-1 of the paper", byTop1),
                    Charts.scatter(
                            "Speed and accuracy", "top-1 on ImageNet by the paper, %", "images a second", byTop1)));
        }
        return pictures;
    }

    private static String titleOf(String network) {
        return Published.TABLE_1.stream()
                .filter(published -> published.network().equals(network))
                .map(Published::title)
                .findFirst()
                .orElse("MobileNetV3-Large");
    }

    /** Every point in words, for those who cannot see the picture. */
    private static String describe(String y, String x, List<Point> points) {
        return "Scatter plot. "
                + String.join(
                        "; ",
                        points.stream()
                                .map(point -> Map.entry(point.name(), point))
                                .map(named -> named.getKey() + ": "
                                        + Numbers.number(named.getValue().y()) + " " + y + " at "
                                        + Numbers.number(named.getValue().x()) + " " + x)
                                .toList())
                + ".";
    }
}
