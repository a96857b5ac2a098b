package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;

/** Runs the program in this JVM, and makes small data sets for it. */
final class CommandLineFixture {
    static final int SIDE = 12;

    /** As in "1 epochs", whatever the program says. */
    private static final Pattern ONE_OF_MANY = Pattern.compile(
            "(?<![\\w.,:/x-] ?)\\b1 (\\w+ )?(epochs|images|classes|channels|files|tensors|elements|parameters|steps"
                    + "|batches|threads|shards|workers|times|labels|pictures|entries|rounds)\\b");

    private CommandLineFixture() {}

    /** What the program printed, and how it ended. */
    record Result(int exitCode, String out, String err) {}

    static Result tresnet(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        int exitCode = Main.execute(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                words);
        Result result =
                new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        assertThat(result.out() + result.err()).doesNotContainPattern(ONE_OF_MANY);
        return result;
    }

    /** A data set in the form of MNIST whose class c has a bright row, row c: easy to learn. */
    static void writeStripes(Path directory, int trainImages, int testImages) throws IOException {
        writeStripes(directory, trainImages, testImages, SIDE);
    }

    /** The same of {@code side} pixels a side. */
    static void writeStripes(Path directory, int trainImages, int testImages, int side) throws IOException {
        Files.createDirectories(directory);
        write(directory, "train", trainImages, side);
        write(directory, "t10k", testImages, side);
    }

    private static void write(Path directory, String prefix, int images, int side) throws IOException {
        Random random = new Random(prefix.hashCode());
        try (DataOutputStream pixels = file(directory, prefix + "-images-idx3-ubyte");
                DataOutputStream labels = file(directory, prefix + "-labels-idx1-ubyte")) {
            pixels.writeInt(0x803);
            pixels.writeInt(images);
            pixels.writeInt(side);
            pixels.writeInt(side);
            labels.writeInt(0x801);
            labels.writeInt(images);
            for (int i = 0; i < images; i++) {
                labels.writeByte(i % 10);
                for (int p = 0; p < side * side; p++) {
                    pixels.writeByte(p / side == i % 10 ? 255 : random.nextInt(60));
                }
            }
        }
    }

    private static DataOutputStream file(Path directory, String name) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(directory.resolve(name))));
    }
}
