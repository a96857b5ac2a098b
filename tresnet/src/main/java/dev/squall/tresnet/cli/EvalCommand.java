package dev.squall.tresnet.cli;

import dev.squall.backend.Backends;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.train.Evaluation;
import dev.squall.train.Evaluator;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import java.io.PrintWriter;
import java.util.List;
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
        description = "Measures a trained network on the test images of a data set.",
        footer = {"", "Example:", "  tresnet eval --weights best.safetensors --data sample"})
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

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Override
    public void run() {
        Arguments.within("--batch", batch, 1, Arguments.MOST_IN_BATCH);
        Backends.Choice choice = backendOptions.open(main.progress());
        PrintWriter out = spec.commandLine().getOut();
        try (var backend = choice.backend();
                Classifier classifier = weights.open(backend)) {
            Dataset images = DataSources.openTest(data, options(classifier.card()));
            requireSame(classifier, images);
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.INFERENCE,
                    backend,
                    Networks.config(classifier.card()),
                    classifier.card().image(),
                    Math.min(batch, images.size()));
            out.println(choice.reason());
            DataLoader loader = DataLoader.builder(images)
                    .batchSize(batch)
                    .transforms(List.of(classifier.card().normalize()))
                    .build();
            Evaluation evaluation;
            try {
                evaluation = Evaluator.evaluate(classifier.network(), loader);
            } catch (DeviceMemoryException e) {
                throw MemoryAdvice.of(e, MemoryAdvice.Work.INFERENCE, backend, classifier.card());
            }
            if (!Double.isFinite(evaluation.loss())) {
                throw new BadInputException("with the weights in " + weights.file() + " the loss is "
                        + evaluation.loss() + ": values in the network grow beyond all limits; take other weights");
            }
            new Report(out).evaluation(evaluation, images.classNames());
        }
    }

    /** As the network was trained to see them. */
    private DataOptions options(ModelCard card) {
        return DataOptions.DEFAULT
                .withImageSize(weights.imageSize())
                .withPictureSize(card.image().height())
                .withCrop(card.crop(), card.interpolation())
                .withCacheBytes(0);
    }

    private void requireSame(Classifier classifier, Dataset images) {
        List<String> known = classifier.card().classNames();
        List<String> present = images.classNames();
        if (known.size() != images.classes()) {
            throw new BadInputException(weights.file() + " knows " + known.size() + " classes, but " + data + " has "
                    + images.classes() + "; choose the data that it was trained on");
        }
        for (int label = 0; label < known.size(); label++) {
            if (!known.get(label).equals(present.get(label))
                    && !known.get(label).equals("class " + label)) {
                throw new BadInputException(weights.file() + " knows other classes than " + data + ": class " + label
                        + " is '" + known.get(label) + "' there and '" + present.get(label)
                        + "' here; choose the data that it was trained on");
            }
        }
        ImageShape trained = classifier.card().image();
        if (!trained.equals(images.shape())) {
            throw new BadInputException(weights.file() + " was trained on images of " + trained + ", but those of "
                    + data + " are " + images.shape()
                    + "; choose the data that it was trained on, or scale them with --image-size");
        }
    }
}
