package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.Backends;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSources;
import dev.squall.data.source.SkippedFiles;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.AtomicFile;
import dev.squall.train.Evaluation;
import dev.squall.train.Evaluator;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ImageNetClasses;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.run.Predictions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet eval}: measures a trained network on the test images of a data set. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures a trained network on the test images of a data set: top-1, top-5, loss, and how many of each class it knows.",
            "Pictures that cannot be read are left out, and counted."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet eval --weights best.safetensors --data sample",
            "  tresnet eval --weights best.safetensors --data folder:photos --json",
            "  tresnet eval --weights w.pth --data folder:photos --predictions p.csv"
        })
final class EvalCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Mixin
    private final WeightsMixin weights = new WeightsMixin();

    @Option(
            names = "--data",
            paramLabel = "DATA",
            defaultValue = "sample",
            description = "The data set: " + DataSources.CHOICES + " (default: ${DEFAULT-VALUE}).")
    private String data = "sample";

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "64",
            description = "Images at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--val-split",
            paramLabel = "X",
            description =
                    "The part of each class to measure with, where folder: or csv: have no images for that (default: as in training, or 0.2).")
    private @Nullable Double validationSplit;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Decides which part that is (default: as in training, or 1).")
    private @Nullable Long seed;

    @Mixin
    private final LoaderMixin loaders = new LoaderMixin();

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(
            names = "--predictions",
            paramLabel = "FILE",
            description = "Write what each image was taken for into this CSV file.")
    private @Nullable Path predictions;

    @Option(
            names = "--confusion",
            paramLabel = "FILE",
            description =
                    "Write the confusion matrix into this CSV file: a row for each class, with how many of its images were taken for which.")
    private @Nullable Path confusion;

    @Option(names = "--force", description = "Replace these files if they exist.")
    private boolean force;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Override
    public void run() {
        Arguments.within("--batch", batch, 1, Arguments.MOST_IN_BATCH);
        Arguments.part("--val-split", validationSplit);
        requireFiles();
        Backends.Choice choice = backendOptions.open(main.progress());
        try (Backend backend = choice.backend();
                Classifier classifier = weights.open(backend)) {
            SkippedFiles skipped = new SkippedFiles();
            Dataset images = DataSources.openTest(data, options(classifier), skipped);
            List<String> classNames = requireSame(classifier.card(), images);
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.INFERENCE,
                    backend,
                    Networks.config(classifier.card()),
                    classifier.card().image(),
                    Math.min(batch, images.size()));
            if (!json) {
                spec.commandLine().getOut().println(choice.reason());
                spec.commandLine().getOut().flush();
            }
            Predictions taken = new Predictions(images, classNames);
            Evaluation evaluation = measure(backend, classifier, images, taken);
            EvaluationText report = new EvaluationText(spec.commandLine().getOut());
            if (json) {
                report.json(describe(classifier, backend), evaluation, classNames, skipped.reasons());
            } else {
                report.evaluation(evaluation, classNames);
                report.skipped(skipped.reasons());
            }
            if (predictions != null) {
                writePredictions(taken, predictions);
            }
            if (confusion != null) {
                CsvFile.write(confusion, EvaluationText.confusionRows(evaluation.confusion(), classNames));
            }
        }
    }

    private static void writePredictions(Predictions taken, Path file) {
        try {
            taken.write(file);
        } catch (IOException e) {
            throw OutputFile.unwritable(file, e);
        }
    }

    private void requireFiles() {
        if (predictions != null) {
            OutputFile.requireWritable(predictions, force);
        }
        if (confusion != null) {
            OutputFile.requireWritable(confusion, force);
        }
        if (predictions != null
                && confusion != null
                && !AtomicFile.isStream(predictions)
                && predictions
                        .toAbsolutePath()
                        .normalize()
                        .equals(confusion.toAbsolutePath().normalize())) {
            throw new BadInputException("--predictions and --confusion both name " + predictions + "; give two names");
        }
    }

    private Evaluation measure(Backend backend, Classifier classifier, Dataset images, Predictions taken) {
        DataLoader loader = DataLoader.builder(images)
                .batchSize(batch)
                .transforms(List.of(classifier.card().normalize()))
                .threads(loaders.threads())
                .build();
        Waiting waiting = new Waiting(main.progress());
        AtomicInteger done = new AtomicInteger();
        Evaluation evaluation;
        try {
            evaluation = Evaluator.evaluate(classifier.network(), loader, (measured, logits) -> {
                if (predictions != null) {
                    taken.add(measured, logits);
                }
                waiting.until(String.format(
                        Locale.ROOT, "%,d of %s", done.addAndGet(measured.size()), Plural.of(images.size(), "image")));
            });
        } catch (DeviceMemoryException e) {
            throw MemoryAdvice.of(e, MemoryAdvice.Work.INFERENCE, backend, classifier.card());
        }
        if (!Double.isFinite(evaluation.loss())) {
            throw new BadInputException("with the weights in " + weights.file() + " the loss is " + evaluation.loss()
                    + ": values in the network grow beyond all limits; take other weights");
        }
        return evaluation;
    }

    private Map<String, String> describe(Classifier classifier, Backend backend) {
        Map<String, String> description = new LinkedHashMap<>();
        description.put("model", classifier.card().model());
        description.put("weights", weights.file().toString());
        description.put("data", data);
        description.put("backend", backend.name());
        return description;
    }

    /** As the network was trained to see them, and of those that it was not trained on. */
    private DataOptions options(Classifier classifier) {
        ModelCard card = classifier.card();
        DataOptions options = TrainSettings.splitOf(classifier.metadata(), DataOptions.DEFAULT)
                .withImageSize(weights.imageSize())
                .withPictureSize(card.image().height())
                .withCrop(card.crop(), card.interpolation())
                .withCacheBytes(0);
        DataOptions chosen = options.withSplit(
                validationSplit == null ? options.validationSplit() : validationSplit,
                seed == null ? options.seed() : seed);
        if (TrainSettings.haveSplit(classifier.metadata()) && !chosen.equals(options)) {
            spec.commandLine()
                    .getErr()
                    .println("note: " + weights.file() + " was trained with --val-split " + options.validationSplit()
                            + " and --seed " + options.seed()
                            + "; with others, a data set without test images of its own is divided otherwise,"
                            + " and the network has learned from some of the images that it is measured with");
        }
        return chosen;
    }

    /** The names of the classes, after making sure that those of the data are those of the network. */
    private List<String> requireSame(ModelCard card, Dataset images) {
        List<String> known = card.classNames();
        List<String> present = images.classNames();
        if (known.size() != images.classes()) {
            throw new BadInputException(weights.file() + " knows " + Plural.of(known.size(), "class") + ", but " + data
                    + " has " + images.classes() + "; choose the data that it was trained on");
        }
        OptionalInt other = card.otherwiseNamed(present);
        if (other.isPresent()) {
            int label = other.getAsInt();
            throw new BadInputException(weights.file() + " knows other classes than " + data + ": class " + label
                    + " is '" + known.get(label) + "' there and '" + present.get(label)
                    + "' here; choose the data that it was trained on");
        }
        ImageShape trained = card.image();
        if (!trained.equals(images.shape())) {
            throw new BadInputException(weights.file() + " was trained on images of " + trained + ", but those of "
                    + data + " are " + images.shape()
                    + "; choose the data that it was trained on, or scale them with --image-size");
        }
        return ImageNetClasses.areDirectories(present) ? known : present;
    }
}
