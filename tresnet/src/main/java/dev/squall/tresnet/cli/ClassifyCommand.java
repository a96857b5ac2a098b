package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Classifier.Guess;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.cli.Pictures.Source;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
            "  find . -name '*.jpg' | tresnet classify --weights best.safetensors -",
            "",
            "Pictures are " + ImageReader.FORMATS
                    + " of any size; the middle part with the network's proportions is scaled to its size. A picture that cannot be read does not keep the others from being classified; the exit code is then 2."
        })
final class ClassifyCommand implements Callable<Integer> {
    private static final int BAR = 30;

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

    @Option(names = "--json", description = "Print one JSON array instead of text.")
    private boolean json;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    /** What is known about one picture. */
    private record Answer(String image, List<Guess> classes) {}

    @Override
    public Integer call() {
        Arguments.within("--top", top, 1, Arguments.MOST_CLASSES);
        int exitCode = 0;
        List<Answer> answers = new ArrayList<>();
        // Each picture is read while another core has the one before, the first while the network is opened.
        List<Source> sources = Pictures.of(images);
        CompletableFuture<Picture> next = read(sources.getFirst());
        try (Backend backend = backendOptions.open(main.progress()).backend();
                Classifier classifier = weights.open(backend)) {
            if (weights.imageSize() != null) {
                MemoryAdvice.requireFits(
                        MemoryAdvice.Work.INFERENCE,
                        backend,
                        Networks.config(classifier.card()),
                        classifier.card().image(),
                        1);
            }
            for (int i = 0; i < sources.size(); i++) {
                String image = sources.get(i).name();
                CompletableFuture<Picture> picture = next;
                if (i + 1 < sources.size()) {
                    next = read(sources.get(i + 1));
                }
                try {
                    List<Guess> guesses = classifier.classify(joined(picture), top);
                    answers.add(new Answer(image, guesses));
                    if (!json) {
                        print(image, guesses);
                    }
                } catch (BadInputException e) {
                    exitCode = Failures.report(
                            e, spec.qualifiedName(), spec.commandLine().getErr(), false);
                }
            }
        }
        if (json) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            spec.commandLine().getOut().println(mapper.writeValueAsString(answers));
        }
        return exitCode;
    }

    private static CompletableFuture<Picture> read(Source source) {
        return CompletableFuture.supplyAsync(source::open);
    }

    private static Picture joined(CompletableFuture<Picture> picture) {
        try {
            return picture.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BadInputException bad ? bad : e;
        }
    }

    private void print(String image, List<Guess> guesses) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(image);
        int width =
                guesses.stream().mapToInt(guess -> guess.name().length()).max().orElse(0);
        for (Guess guess : guesses) {
            String bar = "#".repeat(Math.round(guess.probability() * BAR));
            out.printf(Locale.ROOT, "  %-" + width + "s  %5.1f %%  %s%n", guess.name(), 100 * guess.probability(), bar);
        }
    }
}
