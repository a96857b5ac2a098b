package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.PngWriter;
import dev.squall.tresnet.cli.Pictures.Source;
import dev.squall.tresnet.explain.Explainer;
import dev.squall.tresnet.explain.Explanation;
import dev.squall.tresnet.explain.GradCam;
import dev.squall.tresnet.explain.Occlusion;
import dev.squall.tresnet.explain.Overlay;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet explain}: where in a picture a network sees what it says. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows where in pictures a network sees what it says: writes each picture as a PNG in which the parts that speak for a class are"
                    + " covered with colour, the brighter the more.",
            "Grad-CAM asks the network's last feature maps and is as fast as classifying; occlusion hides one part after the other and sees"
                    + " how the probability falls, which takes about 170 times as long but depends on nothing inside of the network."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet explain --weights best.safetensors --out why photo.jpg",
            "  tresnet explain --weights m.pth --out why --class cat --method occlusion pets/",
            "  tresnet explain --weights best.safetensors --out why --json photo.jpg",
            "",
            "Only that part of a picture is shown which the network is given: the middle, cropped as in training."
        })
final class ExplainCommand implements Callable<Integer> {
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
            description = "Pictures (" + ImageReader.FORMATS
                    + "); a directory stands for all pictures below it, '-' for the standard input, and a text file for the names in it, one"
                    + " on each line.")
    private List<String> images = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where the pictures are written; the directory is made if it is not there.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--class",
            paramLabel = "NAME",
            description = "The class to look for (default: the most probable one of each picture).")
    private @Nullable String className;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "grad-cam",
            completionCandidates = Methods.class,
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private String method = "grad-cam";

    @Option(
            names = "--top",
            paramLabel = "K",
            defaultValue = "3",
            description = "How many classes to name (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--force", description = "Replace pictures that are in the directory already.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON array instead of text.")
    private boolean json;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    /** The names of the methods. */
    static final class Methods extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Methods() {
            super(List.of("grad-cam", "occlusion"));
        }
    }

    /** A class and how probable it is. */
    record Named(String name, float probability) {}

    /**
     * What is known about one picture.
     *
     * @param explained the class that the overlay is about
     * @param overlay the file
     * @param peak what the brightest colour stands for: with occlusion a fall of the probability, with Grad-CAM a sum of gradients
     */
    record Answer(String image, List<Named> classes, Named explained, String method, String overlay, double peak) {}

    @Override
    public Integer call() {
        Arguments.within("--top", top, 1, Arguments.MOST_CLASSES);
        Explainer explainer = explainer();
        requireDirectory();
        int exitCode = 0;
        List<Answer> answers = new ArrayList<>();
        Set<Path> written = new HashSet<>();
        List<Source> sources = Pictures.of(images, spec.commandLine().getErr());
        try (Backend backend = backendOptions.open(main.progress()).backend();
                Classifier classifier = weights.open(backend)) {
            OptionalInt label = label(classifier);
            MemoryAdvice.requireFits(
                    MemoryAdvice.Work.INFERENCE,
                    backend,
                    Networks.config(classifier.card()),
                    classifier.card().image(),
                    explainer instanceof Occlusion ? Occlusion.BATCH : 1);
            for (Source source : sources) {
                try {
                    Path file = file(source.name(), written);
                    Picture picture = source.open();
                    Explanation explanation = explainer.explain(classifier, picture, label);
                    write(file, Overlay.of(picture, classifier.card(), explanation.map()));
                    Answer answer =
                            answer(source.name(), explanation, classifier.card().classNames(), file);
                    answers.add(answer);
                    if (!json) {
                        print(answer);
                    }
                } catch (BadInputException e) {
                    exitCode = Failures.report(
                            e, spec.qualifiedName(), spec.commandLine().getErr(), false);
                }
            }
        }
        if (json) {
            Json.print(spec.commandLine().getOut(), answers);
        }
        return exitCode;
    }

    private Explainer explainer() {
        return switch (method) {
            case "grad-cam" -> new GradCam();
            case "occlusion" -> new Occlusion();
            default ->
                throw new BadInputException(
                        "--method is " + String.join(" or ", new Methods()) + ", not '" + method + "'");
        };
    }

    private static void write(Path file, BufferedImage picture) {
        try {
            PngWriter.write(file, picture);
        } catch (IOException e) {
            throw new BadInputException(file + " cannot be written: " + BadInputException.reason(e), e);
        }
    }

    private void requireDirectory() {
        try {
            Files.createDirectories(out);
        } catch (IOException e) {
            throw new BadInputException(
                    "the directory " + out + " cannot be made: " + BadInputException.reason(e)
                            + "; choose another one with --out",
                    e);
        }
    }

    private OptionalInt label(Classifier classifier) {
        if (className == null) {
            return OptionalInt.empty();
        }
        List<String> names = classifier.card().classNames();
        int label = names.indexOf(className);
        if (label < 0) {
            throw new BadInputException("the network knows no class '" + className + "'; it knows "
                    + String.join(", ", names.subList(0, Math.min(20, names.size())))
                    + (names.size() > 20 ? " and " + (names.size() - 20) + " more" : ""));
        }
        return OptionalInt.of(label);
    }

    /** Named after the picture and the method; pictures of the same name are numbered. */
    private Path file(String image, Set<Path> written) {
        Path name = Path.of(image.equals("-") ? "picture" : image).getFileName();
        String stem = String.valueOf(name).replaceFirst("\\.[^.]*$", "");
        Path file = out.resolve(stem + "-" + method + ".png");
        for (int number = 2; !written.add(file); number++) {
            file = out.resolve(stem + "-" + method + "-" + number + ".png");
        }
        if (Files.exists(file) && !force) {
            throw new BadInputException(file + " exists already; choose another directory with --out, or add --force");
        }
        return file;
    }

    private Answer answer(String image, Explanation explanation, List<String> names, Path file) {
        float[] probabilities = explanation.probabilities();
        List<Named> classes = IntStream.range(0, probabilities.length)
                .mapToObj(label -> new Named(names.get(label), probabilities[label]))
                .sorted(Comparator.comparing(Named::probability).reversed())
                .limit(top)
                .toList();
        Named explained = new Named(names.get(explanation.label()), explanation.probability());
        return new Answer(
                image,
                classes,
                explained,
                method,
                file.toString(),
                explanation.map().peak());
    }

    private void print(Answer answer) {
        PrintWriter printer = spec.commandLine().getOut();
        printer.println(answer.image);
        int width = answer.classes.stream()
                .mapToInt(each -> each.name().length())
                .max()
                .orElse(0);
        for (Named each : answer.classes) {
            printer.printf(Locale.ROOT, "  %-" + width + "s  %5.1f %%%n", each.name(), 100 * each.probability());
        }
        if (answer.peak == 0) {
            printer.printf("  nothing in it speaks for %s; see %s%n", answer.explained.name(), answer.overlay);
        } else if (method.equals("occlusion")) {
            printer.printf(
                    Locale.ROOT,
                    "  hiding the brightest part of %s lowers %s by %.1f percentage points%n",
                    answer.overlay,
                    answer.explained.name(),
                    100 * answer.peak);
        } else {
            printer.printf("  what speaks for %s: %s%n", answer.explained.name(), answer.overlay);
        }
        printer.flush();
    }
}
