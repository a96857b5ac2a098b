package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.train.Recipe;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.RunOptions;
import dev.squall.train.RunStoppedException;
import dev.squall.tresnet.Networks;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
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

    /** Of a minute. */
    private static final double SECONDS = 60;

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
            new MemberTraining(member).train(beginning -> plan(beginning, member.stop()));
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

    private int train(Beginning beginning, RunDirectory files, StopSignals signals) {
        Recipe training = beginning.settings().recipe();
        boolean inRounds = training.syncEvery() > 0;
        if (cluster.isWanted()) {
            cluster.requireEnough(backendOptions.threads(), inRounds ? training.shards() : training.passesInStep());
        }
        try {
            TrainingPlan plan = plan(beginning, signals::isStopped);
            Path events = tensorboard == null ? files.path() : tensorboard;
            EndOfTraining end =
                    new EndOfTraining(printer(), json ? spec.commandLine().getOut() : null, main.progress(), files);
            if (cluster.isWanted() && !inRounds) {
                new ClusterTraining(plan, files, events, end).train(cluster);
            } else {
                new LocalTraining(plan, files, events, end).train(cluster.isWanted() ? cluster : null);
            }
            return 0;
        } catch (RunStoppedException e) {
            printer().printf("%n%s; go on with:%n  %s%n", e.getMessage(), Suggestion.resuming(spec, files.path()));
            return signals.exitCode();
        }
    }

    private TrainingPlan plan(Beginning beginning, BooleanSupplier stop) {
        return TrainingPlan.of(
                beginning,
                new TrainingPlan.Terms(
                        backendOptions,
                        pictures.loaderThreads(),
                        new RunOptions(SECONDS * checkpointMinutes, patience, skipNonFinite, stop),
                        resume,
                        printer(),
                        main.progress(),
                        spec.root().commandLine().getParseResult().originalArgs()),
                classes != null ? classes : recipe.file().integer("num-classes"));
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

    /** Where the text for people goes. */
    private PrintWriter printer() {
        return json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    }
}
