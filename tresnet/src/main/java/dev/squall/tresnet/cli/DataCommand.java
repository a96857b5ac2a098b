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
import dev.squall.tresnet.Networks;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
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
            "Says what a data set holds and what of it cannot be read, and draws a sheet of its images as",
            "training sees them: in each row one image, then the same changed at random."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet data sample",
            "  tresnet data folder:photos --model tresnet_m --rand-augment 9 --sheet sheet.png"
        })
final class DataCommand implements Runnable {
    private static final int ROWS = 8;
    private static final int COLUMNS = 8;
    private static final int MOST_MEASURED = 512;
    private static final int MOST_CLASSES = 40;
    private static final int MOST_SKIPPED = 5;

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

    @Override
    public void run() {
        if (sheet != null && Files.exists(sheet)) {
            throw new BadInputException(sheet + " is there already; choose another name for the sheet");
        }
        DataSource source = DataSources.open(data, options());
        PrintWriter out = spec.commandLine().getOut();
        Dataset train = source.train();
        out.printf(
                Locale.ROOT,
                "%s: %,d training and %,d test images of %s, %d classes%n",
                source.name(),
                train.size(),
                source.test().size(),
                train.shape(),
                train.classes());
        printClasses(source, out);
        measure(source, out);
        printSkipped(source, out);
        if (sheet != null) {
            draw(source, sheet);
            out.printf("%nsheet: %s, in each row an image and what training makes of it%n", sheet);
        }
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
    private void measure(DataSource source, PrintWriter out) {
        int channels = source.train().shape().channels();
        List<Transform> transforms = new ArrayList<>(augmentation.transforms(source));
        transforms.set(transforms.size() - 1, Normalize.identity(channels));
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
        out.printf(
                Locale.ROOT,
                "%n%,d changed images have means of %s and standard deviations of %s, where white is 1;%npreparing them took %.2f s with %d threads%n",
                images,
                list(values, true),
                list(values, false),
                seconds,
                pictures.loaderThreads());
    }

    private static String list(SummaryStatistics[] values, boolean means) {
        List<String> texts = new ArrayList<>();
        for (SummaryStatistics channel : values) {
            texts.add(String.format(Locale.ROOT, "%.3f", means ? channel.getMean() : channel.getStandardDeviation()));
        }
        return String.join(", ", texts);
    }

    private static void printSkipped(DataSource source, PrintWriter out) {
        List<String> reasons = source.skipped().reasons();
        if (!reasons.isEmpty()) {
            out.printf(Locale.ROOT, "%n%,d files cannot be read and are left out:%n", reasons.size());
            reasons.stream().limit(MOST_SKIPPED).forEach(reason -> out.println("  " + reason));
            if (reasons.size() > MOST_SKIPPED) {
                out.printf(Locale.ROOT, "  and %d more%n", reasons.size() - MOST_SKIPPED);
            }
        }
    }

    private void draw(DataSource source, Path file) {
        List<Image> images = new ArrayList<>();
        List<Transform> transforms = augmentation.transforms(source);
        transforms.removeLast();
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
                images.add(new Image(
                        source.train().shape(), java.util.Arrays.copyOfRange(column.images(), from, from + elements)));
            }
        }
        try {
            if (!ImageIO.write(ContactSheet.of(images, COLUMNS), "png", file.toFile())) {
                throw new IOException("there is no writer for PNG");
            }
        } catch (IOException e) {
            throw new BadInputException(file + " cannot be written: " + BadInputException.reason(e), e);
        }
    }

    private static Batch first(DataLoader loader, int epoch) {
        try (DataLoader.Epoch batches = loader.epoch(epoch)) {
            return batches.next();
        }
    }
}
