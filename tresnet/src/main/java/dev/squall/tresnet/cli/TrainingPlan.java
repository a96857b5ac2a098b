package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.Backends;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.data.DataLoader;
import dev.squall.data.source.DataSource;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.nn.Module;
import dev.squall.train.Recipe;
import dev.squall.train.RunDescription;
import dev.squall.train.RunOptions;
import dev.squall.train.Trainer;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkConfig.Regularisation;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.run.Run;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A training whose settings, images and network suit each other. Three ways lead on from here: {@link LocalTraining} computes it in this process,
 * {@link ClusterTraining} has the workers of a cluster do so, and {@link MemberTraining} is one of these.
 *
 * @param source the images, opened
 * @param card what describes the network for these images
 */
record TrainingPlan(Beginning beginning, Terms terms, DataSource source, ModelCard card) {
    /**
     * All that was asked for and that does not decide what is learned.
     *
     * @param loaderThreads how many prepare images
     * @param resumed whether a run goes on
     * @param printer where the text for people goes
     * @param progress where a long-running command shows how far it is
     * @param arguments what the user typed behind {@code tresnet}
     */
    record Terms(
            BackendOptionsMixin backend,
            int loaderThreads,
            RunOptions options,
            boolean resumed,
            PrintWriter printer,
            PrintStream progress,
            List<String> arguments) {}

    /**
     * Opens the images.
     *
     * @param classes how many the images must have; null for any number
     * @throws BadInputException if the network cannot learn from them
     */
    static TrainingPlan of(Beginning beginning, Terms terms, @Nullable Integer classes) {
        DataSource source = beginning.openData();
        int present = source.train().classes();
        if (classes != null && classes != present) {
            throw new BadInputException("--num-classes is " + classes + ", but " + source.name() + " has "
                    + Plural.of(present, "class") + "; leave the option out, or choose other data");
        }
        ModelCard card = beginning.card(source);
        TrainSettings settings = beginning.settings();
        Networks.preset(settings.model())
                .config()
                .requireImageSize(card.image().height(), card.image().width());
        settings.requireFullBatch(source);
        return new TrainingPlan(beginning, terms, source, card);
    }

    TrainSettings settings() {
        return beginning.settings();
    }

    Recipe recipe() {
        return settings().recipe();
    }

    /**
     * Opens the backend, gives the network its first values, says what is going to be trained, and hands all of it to {@code training}, which
     * closes the setup's optimizer.
     *
     * @param workers how many share every step
     */
    void compute(int workers, Consumer<Trainer.Setup> training) {
        Backends.Choice choice = openBackend();
        try (Backend backend = choice.backend()) {
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.TRAINING,
                    backend,
                    Networks.config(card),
                    card.image(),
                    imagesAtOnce(workers),
                    recipe()::freeze);
            try (Module network = Networks.config(card)
                    .withRegularisation(new Regularisation(recipe().dropout(), recipe().dropPath()))
                    .build(backend)) {
                terms.printer().println(choice.reason());
                beginning.fill(network, card, terms.printer()::println);
                Announcement announcement = new Announcement(terms.printer(), settings(), source, card);
                announcement.print(network, terms.resumed());
                Trainer.Setup setup = setup(network);
                announcement.printFrozen(network);
                training.accept(setup);
            }
        } catch (DeviceMemoryException e) {
            throw MemoryAdvice.of(e, MemoryAdvice.Work.TRAINING, choice.backend(), card);
        }
    }

    /** The images of a pass, or of all shards that a worker has, if they wait for each other. */
    private int imagesAtOnce(int workers) {
        return recipe().imagesInPass() * (recipe().syncNorms() ? Math.ceilDiv(recipe().shards(), workers) : 1);
    }

    Backends.Choice openBackend() {
        return terms.backend().open(terms.progress(), settings().precision());
    }

    private Trainer.Setup setup(Module network) {
        Augmentation changes = Augmentation.of(settings().augmentation());
        DataLoader training = recipe().loader(source.train())
                .transforms(changes.transforms(source))
                .batchTransforms(changes.batchTransforms())
                .repeats(changes.repeats())
                .threads(terms.loaderThreads())
                .build();
        settings().requireCountable(training);
        return Trainer.Setup.of(network, training, EndOfTraining.testLoader(source, recipe().imagesInPass()), recipe());
    }

    RunDescription description(Backend backend, Map<String, String> metadata) {
        return new RunDescription(settings().model(), source.name(), backend.name(), metadata);
    }

    /**
     * What is stored beside the weights.
     *
     * @param before what was stored there when the run began, whose command stays that of the run; empty for a new one
     */
    Map<String, String> metadata(Map<String, String> before) {
        Map<String, String> metadata = new LinkedHashMap<>(card.toMetadata());
        metadata.putAll(settings().toMetadata());
        metadata.put(Run.COMMAND, before.getOrDefault(Run.COMMAND, command()));
        return metadata;
    }

    /** As the user typed it. */
    private String command() {
        return Stream.concat(Stream.of("tresnet"), terms.arguments().stream())
                .map(Suggestion::quoted)
                .collect(Collectors.joining(" "));
    }
}
