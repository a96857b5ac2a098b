package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.Input;
import dev.squall.data.image.Image;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Classifier.Guess;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.cli.Pictures.Source;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code tresnet classify}: says what pictures show. */
@Command(
        name = "classify",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Says what pictures show, and how sure it is.",
        footer = {
            "",
            "Examples:",
            "  tresnet classify --weights best.safetensors bag.png photographs/",
            "  tresnet classify --weights m.safetensors --model tresnet_m --json cat.jpg",
            "  tresnet classify --weights resnet50.pth --csv photographs/ >answers.csv",
            "  find . -name '*.jpg' | tresnet classify --weights best.safetensors -",
            "",
            "Pictures are " + ImageReader.FORMATS
                    + " of any size; the middle part with the network's proportions is scaled to its size. A picture that cannot be read does not keep the others from being classified; the exit code is then 2."
        })
final class ClassifyCommand implements Callable<Integer> {
    private static final int BAR = 30;

    /** Of a list of classes. */
    private static final int MOST_BYTES = 64 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Mixin
    private final WeightsMixin weights = new WeightsMixin();

    @Parameters(
            paramLabel = "IMAGE",
            arity = "1..*",
            description =
                    "Pictures to classify; a directory stands for all pictures below it, '-' for the standard input, and a text"
                            + " file for the names in it, one on each line.")
    private List<String> images = new ArrayList<>();

    @Option(
            names = "--top",
            paramLabel = "K",
            defaultValue = "3",
            description = "How many classes to name (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(
            names = "--classes",
            paramLabel = "FILE",
            description =
                    "A text with the name of a class in each line, by label (default: as the weights say; of 1000 classes without names, those of ImageNet).")
    private @Nullable Path classes;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "Pictures at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Mixin
    private final LoaderMixin loaders = new LoaderMixin();

    @Option(names = "--json", description = "Print one JSON array instead of text.")
    private boolean json;

    @Option(
            names = "--csv",
            description = "Print CSV instead of text: a row for each picture and class, the most probable first.")
    private boolean csv;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    /** What is known about one picture. */
    private record Answer(String image, List<Guess> classes) {}

    @Override
    public Integer call() {
        Arguments.within("--top", top, 1, Arguments.MOST_CLASSES);
        Arguments.within("--batch", batch, 1, Arguments.MOST_IN_BATCH);
        if (json && csv) {
            throw new BadInputException("--json and --csv are two forms of the same; choose one of them");
        }
        List<String> names = classes == null ? null : namesIn(classes);
        List<Source> sources = Pictures.of(images, spec.commandLine().getErr());
        // The first picture is decoded while the network is opened, others while those before them are computed with.
        try (ExecutorService workers = Executors.newFixedThreadPool(
                loaders.threads(), Thread.ofPlatform().daemon().factory())) {
            CompletableFuture<Picture> first = CompletableFuture.supplyAsync(sources.getFirst()::open, workers);
            try (Backend backend = backendOptions.open(main.progress()).backend();
                    Classifier classifier = weights.open(backend)) {
                rename(classifier, names);
                if (weights.imageSize() != null) {
                    MemoryAdvice.requireFits(
                            MemoryAdvice.Work.INFERENCE,
                            backend,
                            Networks.config(classifier.card()),
                            classifier.card().image(),
                            Math.min(batch, sources.size()));
                }
                return classify(classifier, sources, first, workers);
            } finally {
                workers.shutdownNow();
            }
        }
    }

    private int classify(
            Classifier classifier, List<Source> sources, CompletableFuture<Picture> first, Executor workers) {
        int exitCode = Failures.FINE;
        Deque<CompletableFuture<Image>> ahead = new ArrayDeque<>();
        ModelCard card = classifier.card();
        ahead.add(first.thenApply(card::prepare));
        int begun = 1;
        List<Answer> all = new ArrayList<>();
        if (csv) {
            out().print(CsvFile.text(List.of(List.of("image", "rank", "class", "probability"))));
        }
        for (int from = 0; from < sources.size(); from += batch) {
            int to = Math.min(sources.size(), from + batch);
            List<String> read = new ArrayList<>();
            List<Image> prepared = new ArrayList<>();
            for (int i = from; i < to; i++) {
                for (; begun < Math.min(sources.size(), to + batch); begun++) {
                    Source source = sources.get(begun);
                    ahead.add(CompletableFuture.supplyAsync(() -> card.prepare(source.open()), workers));
                }
                try {
                    prepared.add(joined(ahead.remove()));
                    read.add(sources.get(i).name());
                } catch (BadInputException e) {
                    exitCode = Failures.report(
                            e, spec.qualifiedName(), spec.commandLine().getErr(), false);
                }
            }
            List<List<Guess>> guesses = prepared.isEmpty() ? List.of() : classifier.classify(prepared, top);
            for (int i = 0; i < guesses.size(); i++) {
                Answer answer = new Answer(read.get(i), guesses.get(i));
                if (json) {
                    all.add(answer);
                } else {
                    print(answer);
                }
            }
            out().flush();
        }
        if (json) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            out().println(mapper.writeValueAsString(all));
        }
        return exitCode;
    }

    private static Image joined(CompletableFuture<Image> image) {
        try {
            return image.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BadInputException bad ? bad : e;
        }
    }

    private static List<String> namesIn(Path file) {
        List<String> names = new String(Input.file(file).bytes(MOST_BYTES), StandardCharsets.UTF_8)
                .strip()
                .lines()
                .map(String::strip)
                .toList();
        if (names.contains("")) {
            throw new BadInputException(
                    "line " + (names.indexOf("") + 1) + " of " + file + " is empty, but each has the name of a class");
        }
        return names;
    }

    private void rename(Classifier classifier, @Nullable List<String> names) {
        if (names != null) {
            int known = classifier.card().classNames().size();
            if (names.size() != known) {
                throw new BadInputException(weights.file() + " knows " + Plural.of(known, "class") + ", but " + classes
                        + " names " + names.size());
            }
            classifier.rename(names);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private void print(Answer answer) {
        if (csv) {
            List<List<String>> rows = new ArrayList<>();
            for (Guess guess : answer.classes()) {
                rows.add(List.of(
                        answer.image(),
                        Integer.toString(rows.size() + 1),
                        guess.name(),
                        Float.toString(guess.probability())));
            }
            out().print(CsvFile.text(rows));
        } else {
            print(answer.image(), answer.classes());
        }
    }

    private void print(String image, List<Guess> guesses) {
        PrintWriter out = out();
        out.println(image);
        int width =
                guesses.stream().mapToInt(guess -> guess.name().length()).max().orElse(0);
        for (Guess guess : guesses) {
            String bar = "#".repeat(Math.round(guess.probability() * BAR));
            out.printf(Locale.ROOT, "  %-" + width + "s  %5.1f %%  %s%n", guess.name(), 100 * guess.probability(), bar);
        }
    }
}
