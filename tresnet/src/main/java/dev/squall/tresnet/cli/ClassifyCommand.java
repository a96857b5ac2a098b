package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Classifier.Guess;
import java.io.PrintWriter;
import java.nio.file.Path;
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
            "  tresnet classify --weights runs/sample-tresnet_tiny/best.safetensors bag.png shoe.png",
            "  tresnet classify --weights tresnet_m.safetensors --model tresnet_m --json cat.jpg",
            "",
            "Pictures are JPEG, PNG, WebP, TIFF, BMP or GIF of any size; the middle part with the network's proportions is scaled to its size.",
            "A picture that cannot be read does not keep the others from being classified; the exit code is then 2."
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

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "Pictures to classify.")
    private List<Path> images = new ArrayList<>();

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
        CompletableFuture<Picture> next = read(images.getFirst());
        try (Backend backend = backendOptions.open(main.progress()).backend();
                Classifier classifier = weights.open(backend)) {
            for (int i = 0; i < images.size(); i++) {
                Path image = images.get(i);
                CompletableFuture<Picture> picture = next;
                if (i + 1 < images.size()) {
                    next = read(images.get(i + 1));
                }
                try {
                    List<Guess> guesses = classifier.classify(joined(picture), top);
                    answers.add(new Answer(image.toString(), guesses));
                    if (!json) {
                        print(image, guesses);
                    }
                } catch (BadInputException e) {
                    exitCode = Failures.BAD_INPUT;
                    spec.commandLine().getErr().println(spec.qualifiedName() + ": " + e.getMessage());
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

    private static CompletableFuture<Picture> read(Path image) {
        return CompletableFuture.supplyAsync(() -> ImageReader.open(image));
    }

    private static Picture joined(CompletableFuture<Picture> picture) {
        try {
            return picture.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BadInputException bad ? bad : e;
        }
    }

    private void print(Path image, List<Guess> guesses) {
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
