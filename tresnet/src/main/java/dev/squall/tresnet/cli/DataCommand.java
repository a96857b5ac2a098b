package dev.squall.tresnet.cli;

import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.data.image.ContactSheet;
import dev.squall.data.image.Image;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.AtomicFile;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.PngWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet data}: says what a data set holds, and shows what training makes of it. */
@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says what a data set holds and what of it cannot be read, and draws a sheet of its images as training sees them: in each row one image, then the same changed at random."
                    + " Of every picture the beginning is looked at; the first 512 to train with are decoded, too.",
            "A list of csv: has a path, relative to it, and a label in each row, and perhaps 'train' or 'val'; a first row may name the columns."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet data sample",
            "  tresnet data folder:photos --json",
            "  tresnet data folder:pets --model tresnet_m --rand-augment 9 --sheet sheet.png"
        })
final class DataCommand implements Runnable {
    private static final int ROWS = 8;
    private static final int COLUMNS = 8;
    private static final int MOST_MEASURED = 512;
    private static final int MOST_CLASSES = 40;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "DATA", description = "The data set: " + DataSources.CHOICES + ".")
    private String data = "sample";

    @Option(
            names = "--model",
            paramLabel = "NAME",
            completionCandidates = ModelNames.class,
            defaultValue = Networks.DEFAULT,
            description = "Make images of pictures as large as suits this network (default: ${DEFAULT-VALUE}).")
    private String model = Networks.DEFAULT;

    @Mixin
    private final PicturesMixin pictures = new PicturesMixin();

    @Mixin
    private final Augmentation augmentation = new Augmentation();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Decides everything random (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--sheet",
            paramLabel = "FILE",
            description = "Draw the sheet into this PNG file, which must not be there yet (default: none is drawn).")
    private @Nullable Path sheet;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    /** How many images of a class there are, for programs. */
    private record Counted(String name, int training, int test) {}

    /**
     * What images look like after they were changed, white being 1, for programs.
     *
     * @param means by channel; {@code deviations} likewise
     */
    private record Measured(int images, List<Double> means, List<Double> deviations, double seconds, int threads) {}

    @Override
    public void run() {
        if (sheet != null) {
            if (Files.exists(sheet) && !AtomicFile.isStream(sheet)) {
                throw new BadInputException(sheet + " is there already; choose another name for the sheet");
            }
            OutputFile.requireWritable(sheet, true);
        }
        DataSource source = DataSources.open(data, options());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, described(source));
            if (sheet != null) {
                draw(source, sheet);
            }
            return;
        }
        Dataset train = source.train();
        out.printf(
                Locale.ROOT,
                "%s: %,d training and %s of %s, %s%n",
                source.name(),
                train.size(),
                Plural.of(source.test().size(), "test image"),
                train.shape(),
                Plural.of(train.classes(), "class"));
        printClasses(source, out);
        print(measure(source), out);
        new EvaluationText(out).skipped(source.skipped().reasons());
        if (sheet != null) {
            draw(source, sheet);
            out.printf("%nsheet: %s, in each row an image and what training makes of it%n", sheet);
        }
    }

    private Map<String, Object> described(DataSource source) {
        int[] train = counts(source.train());
        int[] test = counts(source.test());
        List<Counted> classes = new ArrayList<>();
        for (int label = 0; label < train.length; label++) {
            classes.add(new Counted(source.train().classNames().get(label), train[label], test[label]));
        }
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", source.name());
        described.put("training", source.train().size());
        described.put("test", source.test().size());
        described.put("image", source.train().shape());
        described.put("classes", classes);
        described.put("changed", measure(source));
        described.put("skipped", source.skipped().reasons());
        if (sheet != null) {
            described.put("sheet", sheet.toString());
        }
        return described;
    }

    private DataOptions options() {
        DataOptions options = DataOptions.DEFAULT
                .withImageSize(pictures.imageSize())
                .withPictureSize(Networks.preset(model).imageSize());
        Double split = pictures.validationSplit();
        return options.withSplit(split == null ? options.validationSplit() : split, seed);
    }

    private static void printClasses(DataSource source, PrintWriter out) {
        List<String> names = source.train().classNames();
        int[] train = counts(source.train());
        int[] test = counts(source.test());
        int width = names.stream()
                .limit(MOST_CLASSES)
                .mapToInt(String::length)
                .max()
                .orElse(0);
        out.printf(Locale.ROOT, "%n  %-" + Math.max(width, 5) + "s %9s %9s%n", "class", "training", "test");
        for (int label = 0; label < Math.min(names.size(), MOST_CLASSES); label++) {
            out.printf(
                    Locale.ROOT,
                    "  %-" + Math.max(width, 5) + "s %,9d %,9d%n",
                    names.get(label),
                    train[label],
                    test[label]);
        }
        if (names.size() > MOST_CLASSES) {
            out.printf(Locale.ROOT, "  and %d more%n", names.size() - MOST_CLASSES);
        }
    }

    private static int[] counts(Dataset dataset) {
        int[] counts = new int[dataset.classes()];
        for (int i = 0; i < dataset.size(); i++) {
            counts[dataset.label(i)]++;
        }
        return counts;
    }

    /** How fast images are prepared, and the mean and the deviation of their values. */
    private Measured measure(DataSource source) {
        int channels = source.train().shape().channels();
        List<Transform> transforms = augmentation.transforms(source, Normalize.identity(channels));
        DataLoader loader = DataLoader.builder(source.train())
                .batchSize(16)
                .shuffle(true)
                .seed(seed)
                .transforms(transforms)
                .batchTransforms(augmentation.batchTransforms())
                .repeats(augmentation.repeats())
                .threads(pictures.loaderThreads())
                .build();
        SummaryStatistics[] values = new SummaryStatistics[channels];
        for (int c = 0; c < channels; c++) {
            values[c] = new SummaryStatistics();
        }
        int images = 0;
        double seconds = 0;
        try (DataLoader.Epoch batches = loader.epoch(1)) {
            while (batches.hasNext() && images < MOST_MEASURED) {
                Batch batch = batches.next();
                seconds = batches.secondsWaited();
                images += batch.size();
                int area = batch.shape().area();
                for (int i = 0; i < batch.images().length; i++) {
                    values[i / area % channels].addValue(batch.images()[i]);
                }
            }
        }
        List<Double> means = new ArrayList<>();
        List<Double> deviations = new ArrayList<>();
        for (SummaryStatistics channel : values) {
            means.add(channel.getMean());
            deviations.add(channel.getStandardDeviation());
        }
        return new Measured(images, means, deviations, seconds, pictures.loaderThreads());
    }

    private static void print(Measured measured, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%n%,d changed images have means of %s and standard deviations of %s, where white is 1;%npreparing them took %.2f s with %s%n",
                measured.images,
                list(measured.means),
                list(measured.deviations),
                measured.seconds,
                Plural.of(measured.threads, "thread"));
    }

    private static String list(List<Double> values) {
        return values.stream()
                .map(value -> String.format(Locale.ROOT, "%.3f", value))
                .collect(Collectors.joining(", "));
    }

    private void draw(DataSource source, Path file) {
        List<Image> images = new ArrayList<>();
        List<Transform> transforms = augmentation.transforms(
                source, Normalize.identity(source.train().shape().channels()));
        DataLoader plain = DataLoader.builder(source.train())
                .batchSize(Math.min(ROWS, source.train().size()))
                .shuffle(true)
                .seed(seed)
                .build();
        // The order of an epoch does not depend on the changes, so that equal places show equal images.
        List<Batch> columns = new ArrayList<>(List.of(first(plain, 1)));
        for (int i = 1; i < COLUMNS; i++) {
            int[] chosen = columns.getFirst().indices();
            columns.add(first(
                    DataLoader.builder(new Chosen(source.train(), chosen))
                            .batchSize(chosen.length)
                            .seed(seed)
                            .transforms(transforms)
                            .batchTransforms(augmentation.batchTransforms())
                            .build(),
                    i));
        }
        int elements = source.train().shape().elements();
        for (int row = 0; row < columns.getFirst().size(); row++) {
            for (Batch column : columns) {
                int from = row * elements;
                images.add(
                        new Image(source.train().shape(), Arrays.copyOfRange(column.images(), from, from + elements)));
            }
        }
        try {
            PngWriter.write(file, ContactSheet.of(images, COLUMNS));
        } catch (IOException e) {
            throw OutputFile.unwritable(file, e);
        }
    }

    private static Batch first(DataLoader loader, int epoch) {
        try (DataLoader.Epoch batches = loader.epoch(epoch)) {
            return batches.next();
        }
    }
}
