package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.data.DataLoader;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.optim.Optimizer;
import dev.squall.train.Recipe;
import dev.squall.train.Replica;
import dev.squall.train.RunDescription;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.RunOptions;
import dev.squall.train.RunStoppedException;
import dev.squall.train.RunSummary;
import dev.squall.train.Trainer;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.run.Run;
import dev.squall.tresnet.run.RunFiles;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet train}: trains a network and says what it has learned. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Trains a network to classify images, and leaves its weights and measurements in a directory.",
            "Without options: a small network on the built-in sample of Fashion-MNIST, in about a minute."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet train",
            "  tresnet train --data fashion-mnist --epochs 20 --out runs/fashion",
            "  tresnet train --data cifar10:/data/cifar-10-batches-bin --seed 7",
            "  tresnet train --optimizer adamw --lr 1e-3 --weight-decay 0.05 --mixup 0.2",
            "  tresnet train --weights m.pth --data folder:pets --freeze body.layer1",
            "  tresnet train --spark spark://host:7077 --workers 8 --threads 16 --shards 8",
            "  tresnet train --spark spark://host:7077 --workers 8 --shards 8 --sync-every 64",
            "  tresnet train --resume   goes on with a run that was interrupted",
            "  tresnet train --json   for scripts",
            "",
            "The directory holds run.html (the run to look at, brought up to date after each epoch), last.safetensors and best.safetensors (weights), metrics.csv (a row for each epoch),"
                    + " summary.json (the result), predictions.csv (what each test image was taken for), settings.yaml (for --recipe), events.out.tfevents.* (for TensorBoard), resume.safetensors (what --resume needs, with the one before it, in case"
                    + " it is damaged) and examples/ (some test images). Ctrl-C and kill end a run with a checkpoint, and"
                    + " with the command that goes on."
        })
final class TrainCommand implements Callable<Integer> {
    /** A week. */
    private static final double MOST_MINUTES = 10_080;

    /** What --json prints. */
    private record Outcome(String directory, RunSummary summary) {}

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Option(
            names = "--data",
            paramLabel = "DATA",
            description = "The data set: " + DataSources.CHOICES + " (default: sample).")
    private @Nullable String data;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            completionCandidates = ModelNames.class,
            description = "The network: ${COMPLETION-CANDIDATES} (default: " + Networks.DEFAULT + ").")
    private @Nullable String model;

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description =
                    "Begin with these weights, of 'tresnet train' or published ones (safetensors, or a PyTorch checkpoint), in place of drawn"
                            + " ones. If they know other classes than the data, the head is replaced.")
    private @Nullable Path weights;

    @Option(
            names = "--no-ema",
            description = "Begin with the weights themselves where that file also holds a moving average of them.")
    private boolean noAverage;

    @Option(
            names = "--num-classes",
            paramLabel = "N",
            description = "How many classes the data must have (default: as many as they have).")
    private @Nullable Integer classes;

    @Mixin
    private final RecipeMixin recipe = new RecipeMixin();

    @Mixin
    private final PicturesMixin pictures = new PicturesMixin();

    @Mixin
    private final Augmentation augmentation = new Augmentation();

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Mixin
    private final ClusterMixin cluster = new ClusterMixin();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the run leaves its files (default: runs/DATA-MODEL).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            description = "Go on with the run in the directory, with the settings it was begun with.")
    private boolean resume;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description =
                    "Where TensorBoard's events go: see 'tensorboard --logdir runs' (default: beside the other files).")
    private @Nullable Path tensorboard;

    @Option(names = "--force", description = "Replace a run that is in the directory already.")
    private boolean force;

    @Option(
            names = "--checkpoint-minutes",
            paramLabel = "X",
            defaultValue = "10",
            description =
                    "Within an epoch, write a checkpoint every X minutes, beside the one after each epoch; 0 for never (default:"
                            + " ${DEFAULT-VALUE}).")
    private double checkpointMinutes;

    @Option(
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description = "End early after N epochs without a higher top-1 (default: never).")
    private int patience;

    @Option(
            names = "--skip-nonfinite",
            description = "Leave out a step whose loss or gradient is NaN or infinite, rather than end the run.")
    private boolean skipNonFinite;

    @Option(
            names = "--json",
            description =
                    "At the end print one JSON object, the run's directory and what summary.json holds; the text goes to standard error.")
    private boolean json;

    @Override
    public Integer call() {
        if (resume && force) {
            throw new BadInputException(
                    "--resume keeps the run in the directory and --force replaces it; choose one of them");
        }
        if (classes != null) {
            Arguments.within("--num-classes", classes, 1, Arguments.MOST_CLASSES);
        }
        Arguments.within("--patience", patience, 0, Arguments.MOST_EPOCHS);
        if (checkpointMinutes != 0) {
            Arguments.positive("--checkpoint-minutes", checkpointMinutes, MOST_MINUTES);
        }
        Member member = main.member();
        if (member != null) {
            trainAs(member);
            return 0;
        }
        TrainSettings.Request request = request(recipe.file());
        Beginning anew = resume ? null : Beginning.anew(request);
        String modelName = anew != null ? anew.settings().model() : or(request.model(), Networks.DEFAULT);
        try (RunDirectory files = open(directory(or(request.data(), "sample"), modelName))) {
            Beginning beginning = anew != null ? anew : Beginning.resumed(request, files.texts(), files.resume());
            try (StopSignals signals =
                    new StopSignals(main.progress(), "stopping after this step, with a checkpoint")) {
                return train(beginning, files, signals);
            }
        }
    }

    /** As one of several workers. The first of them goes on with what is in its directory. */
    private void trainAs(Member member) {
        Path directory = member.directory();
        if (directory == null) {
            compute(Beginning.ofMember(member.texts(), false), null, member.stop());
            return;
        }
        boolean isNew = !Files.exists(directory.resolve(RunDirectory.RESUME));
        try (RunDirectory files = RunDirectory.open(directory, isNew ? Existing.OVERWRITE : Existing.RESUME)) {
            compute(Beginning.ofMember(member.texts(), isNew), files, member.stop());
        }
    }

    /** What was typed, and where nothing was, what {@code file} says. */
    private TrainSettings.Request request(SettingsFile file) {
        String path = file.text("weights");
        Precision precision = backendOptions.precision();
        Integer side = pictures.imageSize();
        Double split = pictures.validationSplit();
        return new TrainSettings.Request(
                data != null ? data : file.text("data"),
                model != null ? model : file.text("model"),
                weights != null || path == null ? weights : Path.of(path),
                noAverage ? Boolean.TRUE : file.flag("no-ema"),
                precision != null ? precision : file.precision(),
                side != null ? side : file.integer("image-size"),
                split != null ? split : file.number("val-split"),
                augmentation.textWith(file),
                recipe);
    }

    private static String or(@Nullable String said, String otherwise) {
        return said == null ? otherwise : said;
    }

    private int train(Beginning beginning, RunDirectory files, StopSignals signals) {
        Recipe training = beginning.settings().recipe();
        if (cluster.isWanted()) {
            cluster.requireEnough(
                    backendOptions.threads(), training.syncEvery() > 0 ? training.shards() : training.passesInStep());
        }
        try {
            if (cluster.isWanted() && training.syncEvery() == 0) {
                trainOnCluster(beginning, files, signals);
            } else {
                compute(beginning, files, signals::isStopped);
            }
            return 0;
        } catch (RunStoppedException e) {
            printer().printf("%n%s; go on with:%n  %s%n", e.getMessage(), Suggestion.resuming(spec, files.path()));
            return signals.exitCode();
        }
    }

    private void trainOnCluster(Beginning beginning, RunDirectory files, StopSignals signals) {
        TrainSettings settings = beginning.settings();
        Cluster found = ClusterMixin.cluster();
        DataSource source = beginning.openData();
        ModelCard card = checked(beginning, source);
        Map<String, String> metadata = metadata(settings, card, files);
        RunFiles page = new RunFiles(files.path(), metadata, events(files), main.progress());
        files.begin();
        found.train(job(metadata, files, signals::isStopped, () -> {
            settings.write(files.path());
            page.afterEpoch();
        }));
        if (signals.isStopped()) {
            throw new RunStoppedException("the workers have stopped; the run can be resumed from their checkpoint");
        }
        settings.write(files.path());
        Backends.Choice choice = backendOptions.open(main.progress(), settings.precision());
        try (Backend backend = choice.backend()) {
            report(backend, RunSummary.read(files.summary()), files, source, settings.recipe());
        }
    }

    private Cluster.Job job(
            Map<String, String> metadata, RunDirectory files, BooleanSupplier stop, Runnable afterEpoch) {
        return new Cluster.Job(
                cluster.master(),
                cluster.workers(),
                backendOptions.threads(),
                spec.root().commandLine().getParseResult().originalArgs(),
                metadata,
                files.path(),
                main.progress(),
                stop,
                afterEpoch);
    }

    /** What describes the network for these images, once it is clear that it can learn from them. */
    private ModelCard checked(Beginning beginning, DataSource source) {
        requireClasses(source);
        ModelCard card = beginning.card(source);
        Networks.preset(beginning.settings().model())
                .config()
                .requireImageSize(card.image().height(), card.image().width());
        beginning.settings().requireFullBatch(source);
        return card;
    }

    /** @param files null for a worker that is not the first */
    private void compute(Beginning beginning, @Nullable RunDirectory files, BooleanSupplier stop) {
        TrainSettings settings = beginning.settings();
        DataSource source = beginning.openData();
        ModelCard card = checked(beginning, source);
        Backends.Choice choice = backendOptions.open(main.progress(), settings.precision());
        try (Backend backend = choice.backend()) {
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.TRAINING,
                    backend,
                    Networks.config(card),
                    card.image(),
                    imagesAtOnce(settings.recipe()),
                    settings.recipe()::freeze);
            compute(beginning, source, card, choice, files, stop);
        } catch (DeviceMemoryException e) {
            throw MemoryAdvice.of(e, MemoryAdvice.Work.TRAINING, choice.backend(), card);
        }
    }

    /** The images of a pass, or of all shards that this worker has, if they wait for each other. */
    private int imagesAtOnce(Recipe training) {
        Member member = main.member();
        int workers = member == null ? 1 : member.communicator().size();
        return training.imagesInPass() * (training.syncNorms() ? Math.ceilDiv(training.shards(), workers) : 1);
    }

    private void compute(
            Beginning beginning,
            DataSource source,
            ModelCard card,
            Backends.Choice choice,
            @Nullable RunDirectory files,
            BooleanSupplier stop) {
        TrainSettings settings = beginning.settings();
        Recipe training = settings.recipe();
        try (Module network = Networks.config(card)
                .withRegularisation(new NetworkConfig.Regularisation(training.dropout(), training.dropPath()))
                .build(choice.backend())) {
            printer().println(choice.reason());
            beginning.fill(network, card, printer()::println);
            new Announcement(printer(), settings, source, card).print(network, resume);
            @Nullable RunSummary summary = train(settings, source, card, network, files, stop);
            if (summary != null && main.member() == null && files != null) {
                report(choice.backend(), summary, files, source, training);
            }
        }
    }

    private void report(Backend backend, RunSummary summary, RunDirectory files, DataSource source, Recipe training) {
        printer()
                .printf(
                        Locale.ROOT,
                        "%nbest top-1 %.4f after epoch %d; %d epochs in %.0f s, %.0f images/s%n",
                        summary.bestTop1(),
                        summary.bestEpoch(),
                        summary.epochs(),
                        summary.seconds(),
                        summary.imagesPerSecond());
        try (Classifier best = Classifier.open(backend, files.best(), null, null)) {
            new EndOfTraining(printer(), main.progress(), files).report(best, source, training.imagesInPass());
        }
        if (json) {
            Json.print(spec.commandLine().getOut(), new Outcome(files.path().toString(), summary));
        }
    }

    private Path directory(String dataSpec, String modelName) {
        return out != null ? out : Path.of("runs", dataSpec.replaceFirst(":.*", "") + "-" + modelName);
    }

    private RunDirectory open(Path directory) {
        Existing existing = resume ? Existing.RESUME : force ? Existing.OVERWRITE : Existing.REFUSE;
        try {
            return RunDirectory.open(directory, existing);
        } catch (BadInputException e) {
            String options = String.valueOf(e.getMessage()).contains("holds a run already")
                    ? " (--resume, --force or --out)"
                    : "";
            throw new BadInputException(e.getMessage() + options, e);
        }
    }

    private void requireClasses(DataSource source) {
        Integer wanted = classes != null ? classes : recipe.file().integer("num-classes");
        int present = source.train().classes();
        if (wanted != null && wanted != present) {
            throw new BadInputException("--num-classes is " + wanted + ", but " + source.name() + " has " + present
                    + " classes; leave the option out, or choose other data");
        }
    }

    /** @return null for a copy of a network, which is trained in rounds and never comes to an end by itself */
    private @Nullable RunSummary train(
            TrainSettings settings,
            DataSource source,
            ModelCard card,
            Module network,
            @Nullable RunDirectory files,
            BooleanSupplier stop) {
        Augmentation changes = Augmentation.of(settings.augmentation());
        Recipe training = settings.recipe();
        DataLoader trainLoader = training.loader(source.train())
                .transforms(changes.transforms(source))
                .batchTransforms(changes.batchTransforms())
                .repeats(changes.repeats())
                .threads(pictures.loaderThreads())
                .build();
        settings.requireCountable(trainLoader);
        Trainer.Setup setup = Trainer.Setup.of(
                network, trainLoader, EndOfTraining.testLoader(source, training.imagesInPass()), training);
        Map<String, String> metadata = metadata(settings, card, files);
        RunDescription description = new RunDescription(
                settings.model(), source.name(), network.backend().name(), metadata);
        RunOptions options = new RunOptions(60 * checkpointMinutes, patience, skipNonFinite, stop);
        Member member = main.member();
        if (member != null && member.rounds() != null) {
            try (Optimizer _ = setup.optimizer()) {
                member.rounds().accept(new Replica(setup, options));
                return null;
            }
        }
        try (Optimizer _ = setup.optimizer();
                Trainer trainer = new Trainer(setup, description, files, main.progress()).with(options);
                Cluster.Copies copies = member == null && files != null && cluster.isWanted()
                        ? ClusterMixin.cluster().copies(job(metadata, files, stop, () -> {}), training.shards())
                        : null) {
            new Announcement(printer(), settings, source, card).printFrozen(network);
            if (copies != null) {
                trainer.with(copies);
            }
            if (member != null) {
                trainer.with(member.communicator())
                        .afterCheckpoint(member.afterCheckpoint())
                        .afterEpoch(member.afterEpoch());
            } else if (files != null) {
                RunFiles page = new RunFiles(files.path(), metadata, events(files), main.progress());
                trainer.afterEpoch(metrics -> {
                    settings.write(files.path());
                    page.afterEpoch();
                });
            }
            RunSummary summary = trainer.run();
            if (member == null && files != null) {
                // A run that had finished already has had no further epoch.
                settings.write(files.path());
            }
            return summary;
        }
    }

    /** What is stored beside the weights. */
    private Map<String, String> metadata(TrainSettings settings, ModelCard card, @Nullable RunDirectory files) {
        Map<String, String> metadata = new LinkedHashMap<>(card.toMetadata());
        metadata.putAll(settings.toMetadata());
        Member member = main.member();
        Map<String, String> before =
                member != null ? member.texts() : files != null && files.isResumed() ? files.texts() : Map.of();
        metadata.put(Run.COMMAND, before.getOrDefault(Run.COMMAND, command()));
        return metadata;
    }

    private Path events(RunDirectory files) {
        return tensorboard == null ? files.path() : tensorboard;
    }

    /** As the user typed it. */
    private String command() {
        return Stream.concat(Stream.of("tresnet"), spec.root().commandLine().getParseResult().originalArgs().stream())
                .map(Suggestion::quoted)
                .collect(Collectors.joining(" "));
    }

    /** Where the text for people goes. */
    private PrintWriter printer() {
        return json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    }
}
