package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.bench.paper.Refinements.Variant;
import dev.squall.bench.paper.Statistics.Estimate;
import dev.squall.data.DataLoader;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import dev.squall.nn.Module;
import dev.squall.optim.Optimizer;
import dev.squall.train.Recipe;
import dev.squall.train.RunDescription;
import dev.squall.train.Trainer;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.TResNetConfig;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.DotChart;
import dev.squall.tresnet.page.DotChart.Dot;
import dev.squall.tresnet.page.Section;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What each refinement does to accuracy, on data that a laptop can learn: the small network with one refinement after the other switched off, several seeds each. */
final class AccuracyTable implements Experiment {
    private static final String NAME = "accuracy";

    private final String data;
    private final int seeds;

    /**
     * @param data as {@code tresnet train} takes it
     * @param seeds trainings of each variant
     */
    AccuracyTable(String data, int seeds) {
        this.data = data;
        this.seeds = seeds;
    }

    @Override
    public String name() {
        return NAME;
    }

    private static NetworkPreset preset() {
        return Networks.preset(Networks.DEFAULT);
    }

    private static List<Variant> variants() {
        return Refinements.switched((TResNetConfig) preset().config());
    }

    private static String key(String variant) {
        return NAME + "/" + variant;
    }

    /** Seed by seed, so that an interrupted run has as many of each variant. */
    @Override
    public void measure(Backend backend, Measurement measurement) {
        DataSource source = DataSources.open(data);
        int left = seeds * variants().size();
        for (int seed = 1; seed <= seeds; seed++) {
            for (Variant variant : variants()) {
                List<Double> accuracies =
                        measurement.results().accuracies().computeIfAbsent(key(variant.id()), _ -> new ArrayList<>());
                left--;
                if (accuracies.size() >= seed) {
                    continue;
                }
                long start = System.nanoTime();
                double top1 = 100 * train(variant.config(), source, backend, seed);
                accuracies.add(top1);
                measurement.save();
                measurement.say(
                        NAME,
                        Numbers.format(
                                "%s, seed %d: top-1 %.2f %%, about %.0f min left",
                                variant.title(), seed, top1, left * (System.nanoTime() - start) / 60e9));
            }
        }
    }

    /** As the preset's recipe says; returns the share of test images that are classified rightly after the last epoch. */
    private static double train(TResNetConfig config, DataSource source, Backend backend, int seed) {
        Recipe recipe = preset().recipe().with("seed", seed);
        DataLoader train = recipe.loader(source.train())
                .transforms(source.trainTransforms())
                .build();
        DataLoader test = recipe.testLoader(source.test())
                .transforms(source.testTransforms())
                .build();
        TResNetConfig fitting = config.withInputChannels(source.train().shape().channels())
                .withClasses(source.train().classes());
        RunDescription description = new RunDescription(Networks.DEFAULT, source.name(), backend.name(), Map.of());
        try (Module network = fitting.build(backend)) {
            network.initialise(seed);
            Trainer.Setup setup = Trainer.Setup.of(network, train, test, recipe);
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            try (Optimizer _ = setup.optimizer();
                    Trainer trainer = new Trainer(setup, description, null, nowhere)) {
                return trainer.run().top1();
            }
        }
    }

    @Override
    public Section section(Results results) {
        Grid grid = new Grid(
                "Top-1 in percent of " + Networks.DEFAULT + ", mean and interval over the seeds",
                List.of(
                        Column.text("network"),
                        Column.number("top-1 %"),
                        Column.number("seeds"),
                        Column.number("difference to all refinements"),
                        Column.number("p"),
                        Column.text("verdict")));
        List<Dot> dots = new ArrayList<>();
        double[] full = samples(results, Refinements.FULL);
        for (Variant variant : variants()) {
            double[] own = samples(results, variant.id());
            if (own.length == 0) {
                continue;
            }
            Estimate mean = Statistics.meanWithInterval(own);
            int pairs = Math.min(own.length, full.length);
            double p = Statistics.probabilityOfEqualMeans(Arrays.copyOf(own, pairs), Arrays.copyOf(full, pairs));
            boolean itself = variant.id().equals(Refinements.FULL);
            double difference = mean.value() - Statistics.meanWithInterval(full).value();
            grid.row(
                    variant.title(),
                    Numbers.format("%.2f", mean.value())
                            + (own.length > 1 ? Numbers.format(" (%.2f to %.2f)", mean.low(), mean.high()) : ""),
                    Integer.toString(own.length),
                    itself ? Section.NONE : Numbers.format("%+.2f", difference),
                    itself ? Section.NONE : Numbers.format("%.3f", p),
                    itself ? "" : verdict(p, difference));
            dots.add(new Dot(variant.title(), mean.value(), mean.low(), mean.high()));
        }
        return new Section(
                NAME,
                "What the refinements do to accuracy",
                List.of(
                        "The network is small and so is its task: this says which refinements help where a laptop can measure it, not"
                                + " what they give on ImageNet. Each row differs from the first in one thing. p is the probability that chance"
                                + " alone makes the means differ as much, by Student's t over pairs of equal seeds."),
                List.of(grid),
                List.of(new Picture(
                        "Top-1 by variant: the mean over the seeds, and the interval that holds the true mean with 95 %.",
                        "Dot chart. "
                                + String.join(
                                        "; ",
                                        dots.stream()
                                                .map(dot ->
                                                        dot.name() + ": " + Numbers.number(dot.value()) + " percent")
                                                .toList())
                                + ".",
                        DotChart.svg(
                                "Accuracy with one refinement switched off",
                                "top-1, % (dashed: all refinements)",
                                dots,
                                dots.isEmpty() ? 0 : dots.getFirst().value()))));
    }

    private static double[] samples(Results results, String variant) {
        return results.accuracies().getOrDefault(key(variant), List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private static String verdict(double p, double difference) {
        if (p >= Statistics.SIGNIFICANCE) {
            return "no difference that these seeds can show";
        }
        return difference < 0 ? "the refinement helps" : "the refinement harms";
    }
}
