package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.bench.paper.Refinements.Refinement;
import dev.squall.bench.paper.Refinements.Variant;
import dev.squall.bench.paper.Statistics.Estimate;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.Footprint;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.TResNetConfig;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.DotChart;
import dev.squall.tresnet.page.DotChart.Dot;
import dev.squall.tresnet.page.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What each refinement costs and spares: alone on a ResNet50, and one upon the other on the way to TResNet-M. */
final class RefinementsTable implements Experiment {
    private static final String NAME = "refinements";

    @Override
    public String name() {
        return NAME;
    }

    private static TResNetConfig refined() {
        return (TResNetConfig) Networks.preset("tresnet_m").config();
    }

    private static List<Variant> variants() {
        return Refinements.variants(TResNetConfig.unrefined(), refined());
    }

    private static String key(String variant) {
        return NAME + "/" + variant;
    }

    @Override
    public void measure(Backend backend, Measurement measurement) {
        PaperSettings settings = measurement.results().settings();
        int side = settings.refinementSide();
        List<Plan> inference = new ArrayList<>();
        List<Plan> training = new ArrayList<>();
        for (Variant variant : variants()) {
            String key = key(variant.id());
            NetworkPlans.count(
                    key, variant.config(), side, measurement.results().figures());
            Footprint footprint = Footprint.ofTraining(
                    new MetaBackend(), variant.config(), Shape.of(settings.batch(), 3, side, side));
            measurement.results().figures().put(key + "/peakBytes", (double) footprint.peakBytes());
            measurement.results().figures().put(key + "/activationBytes", (double) footprint.activationBytes());
            inference.add(NetworkPlans.inference(key, variant.config(), backend, settings.batch(), side));
            training.add(NetworkPlans.training(key, variant.config(), backend, settings.batch(), side));
        }
        // One after the other, so that only one set of networks is in memory.
        measurement.time(NAME, inference);
        measurement.time(NAME, training);
    }

    @Override
    public Section section(Results results) {
        int side = results.settings().refinementSide();
        String size = ", batches of " + results.settings().batch() + " at " + side + "x" + side
                + "; speed is a multiple of the ResNet50 in the first row";
        List<Variant> cumulative = new ArrayList<>();
        List<Variant> alone = new ArrayList<>();
        for (Variant variant : variants()) {
            boolean base = variant.id().equals(Refinements.BASE);
            if (base || !isOnTheWay(variant.id())) {
                alone.add(variant);
            }
            if (base || isOnTheWay(variant.id()) || variant.id().equals(Refinements.alone(steps().getFirst()))) {
                cumulative.add(variant);
            }
        }
        Grid way = grid("One upon the other" + size, cumulative, results);
        Grid single = grid("Each alone on the ResNet50" + size, alone, results);
        return new Section(
                NAME,
                "The refinements, one by one",
                List.of(
                        "Memory is that of a training step, from shapes, in single precision. Intervals are of the ratios of neighbouring"
                                + " rounds. What each does to accuracy is in a table of its own, if that was measured (--accuracy)."),
                List.of(way, single),
                List.of(picture(results, cumulative)));
    }

    private static List<Refinement> steps() {
        return Refinements.all(refined()).stream().filter(Refinement::step).toList();
    }

    private static boolean isOnTheWay(String id) {
        Predicate<Refinement> leadsTo = step -> Refinements.upTo(step).equals(id);
        return steps().stream().anyMatch(leadsTo);
    }

    private static Grid grid(String caption, List<Variant> variants, Results results) {
        Grid grid = new Grid(
                caption,
                List.of(
                        Column.text("network"),
                        Column.number("inference"),
                        Column.number("training"),
                        Column.number("inference, images a second"),
                        Column.number("training, images a second"),
                        Column.number("10⁹ multiply-adds"),
                        Column.number("MiB kept"),
                        Column.number("MiB at the peak")));
        for (Variant variant : variants) {
            String key = key(variant.id());
            grid.row(
                    variant.title(),
                    speed(results, key, NetworkPlans.INFERENCE),
                    speed(results, key, NetworkPlans.TRAINING),
                    rate(results, key + NetworkPlans.INFERENCE),
                    rate(results, key + NetworkPlans.TRAINING),
                    Numbers.format("%.2f", figure(results, key + "/multiplyAdds") * 1e-9),
                    Numbers.mebibytes(figure(results, key + "/activationBytes")),
                    Numbers.mebibytes(figure(results, key + "/peakBytes")));
        }
        return grid;
    }

    private static double figure(Results results, String key) {
        return results.figures().getOrDefault(key, Double.NaN);
    }

    private static String rate(Results results, String key) {
        return results.has(key) ? Numbers.number(results.timing(key).rate().value()) : Section.NONE;
    }

    private static String speed(Results results, String key, String mode) {
        return results.has(key + mode, key(Refinements.BASE) + mode)
                ? Numbers.times(speedUp(results, key, mode))
                : Section.NONE;
    }

    private static Estimate speedUp(Results results, String key, String mode) {
        return Statistics.medianWithInterval(Statistics.ratios(
                results.timing(key(Refinements.BASE) + mode).samples(),
                results.timing(key + mode).samples()));
    }

    private static Picture picture(Results results, List<Variant> variants) {
        List<Dot> dots = new ArrayList<>();
        for (Variant variant : variants) {
            String key = key(variant.id());
            if (results.has(key + NetworkPlans.TRAINING, key(Refinements.BASE) + NetworkPlans.TRAINING)) {
                Estimate speed = speedUp(results, key, NetworkPlans.TRAINING);
                String name = variant.id().equals(Refinements.BASE) ? "ResNet50" : variant.title();
                dots.add(new Dot(name, speed.value(), speed.low(), speed.high()));
            }
        }
        return new Picture(
                "Training speed on the way from ResNet50 to TResNet-M, as a multiple of ResNet50's, with intervals.",
                "Dot chart. "
                        + String.join(
                                "; ",
                                dots.stream()
                                        .map(dot -> dot.name() + ": " + Numbers.times(dot.value()))
                                        .toList())
                        + ".",
                DotChart.svg("Refinements, one upon the other", "training speed, ResNet50 = 1", dots, 1));
    }
}
