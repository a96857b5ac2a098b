package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import dev.squall.io.SafeTensors;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A checkout with a built program that a test may put anywhere and start as a user does, by its launcher. */
final class Checkout {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

    private final Path directory;

    /** In a new directory {@code directory}, of the program that Maven has just built. */
    Checkout(Path directory) throws IOException {
        this.directory = directory;
        Path built = PROJECT.resolve("tresnet/target");
        assumeTrue(
                Files.exists(built.resolve("tresnet.jar")) && Files.isDirectory(built.resolve("lib")),
                "the launcher is not tested, since the program is not packaged (mvn verify does that)");
        Path target = Files.createDirectories(directory.resolve("tresnet/target"));
        Files.copy(built.resolve("tresnet.jar"), target.resolve("tresnet.jar"));
        copy(built.resolve("lib"), target.resolve("lib"));
        copy(PROJECT.resolve("tresnet/bin"), directory.resolve("tresnet/bin"));
        Files.createDirectories(directory.resolve("engine/jvm"));
        Files.copy(PROJECT.resolve("engine/jvm/java.options"), directory.resolve("engine/jvm/java.options"));
        Files.createFile(directory.resolve("pom.xml"));
        Files.createFile(target.resolve("built"));
        // An empty archive of classes is newer than the jars: making one takes seconds, and its content is ignored.
        Files.createFile(target.resolve("classes.jsa"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    Path directory() {
        return directory;
    }

    Path launcher() {
        return directory.resolve("tresnet/bin/tresnet");
    }

    /** How a command ended, and what it printed. */
    record Result(int exitCode, String out, String err) {}

    /** Runs a shell command in {@code directory}, in which {@code $T} is the launcher. */
    static Result shell(Path directory, Path launcher, String command) throws Exception {
        return wait(start(directory, launcher, command), directory);
    }

    /** Starts it. */
    static Process start(Path directory, Path launcher, String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command)
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("stdout").toFile())
                .redirectError(directory.resolve("stderr").toFile());
        Map<String, String> environment = builder.environment();
        environment.put("T", launcher.toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.remove("TORNADOVM_HOME");
        environment.remove("TRESNET_JAVA_OPTS");
        environment.remove("JAVA_TOOL_OPTIONS");
        return builder.start();
    }

    static Result wait(Process process, Path directory) throws Exception {
        if (!process.waitFor(4, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("the command hangs");
        }
        // Messages at the start come through a filter, which may end a moment later.
        Thread.sleep(50);
        return new Result(
                process.exitValue(),
                Files.readString(directory.resolve("stdout"), StandardCharsets.UTF_8),
                Files.readString(directory.resolve("stderr"), StandardCharsets.UTF_8));
    }

    /** Weights of an untrained network for ten classes, and a picture, in {@code directory}. */
    static void writeWeightsAndPicture(Path directory) throws IOException {
        try (ReferenceBackend backend = new ReferenceBackend();
                var network = Networks.create("tresnet_tiny", backend, 1, 10, NormKind.INPLACE)) {
            network.initialise(1);
            List<String> names =
                    IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();
            ModelCard card = new ModelCard(
                    "tresnet_tiny", names, new ImageShape(1, 28, 28), Normalize.identity(1), 1, NormKind.INPLACE);
            SafeTensors.write(directory.resolve("weights.safetensors"), StateDict.of(network), card.toMetadata());
        }
        BufferedImage picture = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        picture.getRaster().setSample(3, 5, 0, 255);
        assertThat(ImageIO.write(
                        picture, "png", directory.resolve("picture.png").toFile()))
                .isTrue();
    }
}
