package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.Charts;
import dev.squall.tresnet.page.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The paper's table 3: the family beside ResNet50, and how large a batch trains in the 16 GB of its GPU. Computed from shapes; nothing is timed. */
final class MemoryTable implements Experiment {
    private static final String NAME = "memory";
    private static final long GPU_BYTES = 16L << 30;
    private static final int SIDE = 224;

    @Override
    public String name() {
        return NAME;
    }

    private static String key(Published published, String figure) {
        return NAME + "/" + published.network() + "/" + figure;
    }

    @Override
    public void measure(Backend backend, Measurement measurement) {
        MetaBackend single = new MetaBackend();
        MetaBackend mixed = new MetaBackend(MetaBackend.IMAGES_AS_HALVES, null);
        for (Published published : Published.TABLE_3) {
            if (measurement.results().figures().containsKey(key(published, "mixedBatch"))) {
                continue;
            }
            measurement.say(NAME, "the largest batch of " + published.title());
            NetworkConfig config = Networks.preset(published.network()).config();
            put(measurement, key(published, "singleBatch"), largest(config, single));
            put(measurement, key(published, "mixedBatch"), largest(config, mixed));
            Summary summary = Summary.of(config, 1, SIDE, SIDE);
            put(measurement, key(published, "parameters"), summary.parameters());
            put(measurement, key(published, "activationBytes"), summary.activationBytes());
            measurement.save();
        }
    }

    private static double largest(NetworkConfig config, MetaBackend counts) {
        return Summary.largestTrainingBatch(config, SIDE, SIDE, GPU_BYTES, counts);
    }

    private static void put(Measurement measurement, String key, double value) {
        measurement.results().figures().put(key, value);
    }

    @Override
    public Section section(Results results) {
        Grid grid = new Grid(
                "The largest training batch in 16 GiB, 224x224",
                List.of(
                        Column.text("network"),
                        Column.number("single precision"),
                        Column.number("mixed precision"),
                        Column.cited("largest batch", PaperReport.PAPER),
                        Column.number("ratio to ResNet50, mixed"),
                        Column.cited("ratio to ResNet50", PaperReport.PAPER),
                        Column.number("MiB kept an image, 4 bytes"),
                        Column.number("10⁶ parameters"),
                        Column.cited("top-1 %", PaperReport.PAPER)));
        Published base = Published.TABLE_3.getFirst();
        for (Published published : Published.TABLE_3) {
            double mixed = figure(results, published, "mixedBatch");
            grid.row(
                    published.title(),
                    Numbers.number(figure(results, published, "singleBatch")),
                    Numbers.number(mixed),
                    Numbers.number(published.largestBatch()),
                    Numbers.times(mixed / figure(results, base, "mixedBatch")),
                    Numbers.times((double) published.largestBatch() / base.largestBatch()),
                    Numbers.mebibytes(figure(results, published, "activationBytes")),
                    Numbers.number(figure(results, published, "parameters") * 1e-6),
                    Numbers.format("%.1f", published.top1()));
        }
        return new Section(
                NAME,
                "Table 3: the family, and the batch that fits",
                List.of(
                        "How the batch follows: a training step keeps the parameters, their gradients and their momentum (4 bytes each,"
                                + " also in mixed precision, where these are the master copies), and for each image what the forward pass"
                                + " leaves for the backward pass, plus what is computed with at the same time. Mixed precision is that of"
                                + " train --precision mixed on the backend tornado: images and their gradients have 2 bytes, all else has"
                                + " 4. The largest batch is the memory of the GPU less the first, divided by the second. Both are found by"
                                + " running the step on shapes alone, so there is no allocator, no work space of a convolution (the sums of"
                                + " one layer, which tensor cores write as 4 bytes each), no CUDA context, and no rounding of sizes; the"
                                + " paper's figures include all of these, which is why ours are larger. What can be"
                                + " compared is the ratio between networks: Inplace-ABN overwrites the output of each convolution, where"
                                + " batch norm and ReLU keep two maps."),
                List.of(grid),
                List.of(layers()));
    }

    private static double figure(Results results, Published published, String name) {
        return results.figures().getOrDefault(key(published, name), Double.NaN);
    }

    /** The maps that the layers of two networks write, in order. */
    private static Picture layers() {
        List<String> names = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        for (Published published : List.of(Published.TABLE_1.getFirst(), Published.TABLE_1.getLast())) {
            double[] cumulative =
                    Summary.of(Networks.preset(published.network()).config(), 1, SIDE, SIDE).layers().stream()
                            .filter(layer -> !layer.kind().startsWith("Inplace"))
                            .mapToDouble(layer -> megabytes(layer.output()))
                            .toArray();
            Arrays.parallelPrefix(cumulative, Double::sum);
            names.add(published.title());
            values.add(cumulative);
        }
        String totals = String.join(
                "; ",
                IntStream.range(0, names.size())
                        .mapToObj(
                                i -> names.get(i) + " writes " + Numbers.number(values.get(i)[values.get(i).length - 1])
                                        + " MB in " + values.get(i).length + " layers")
                        .toList());
        return new Picture(
                "Bytes of the maps that the layers write for one image, summed from the first layer to the last, in single precision."
                        + " In-place layers write none.",
                "Line chart of the sum of bytes by layer. " + totals + ".",
                Charts.lines("Memory by layer", "layer", "MB written so far", names, values));
    }

    /** Of a shape such as {@code [1, 64, 56, 56]}. */
    private static double megabytes(String shape) {
        return Arrays.stream(shape.replaceAll("[^0-9,]", "").split(","))
                        .mapToDouble(Double::parseDouble)
                        .reduce(1, (a, b) -> a * b)
                * Float.BYTES
                * 1e-6;
    }
}
