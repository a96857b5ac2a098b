package dev.squall.data;

import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Interpolation;
import dev.squall.data.source.CifarFiles;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSources;
import dev.squall.data.source.IdxFiles;
import dev.squall.data.source.PictureFolder;
import dev.squall.error.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files of every kind that data sets are read from: nothing but the documented exception, and little time and memory.
 * {@code -Dfuzz.inputs=100000} tries more of them.
 */
@Tag("fast")
class FuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1000);
    private static final ImageShape NETWORK = new ImageShape(3, 32, 32);
    private static final List<String> CLASSES = List.of("a", "b", "c");

    @TempDir
    Path directory;

    /** Reads a damaged file; the rest of a data set is whole. */
    @FunctionalInterface
    private interface Reading {
        void read(byte[] damaged) throws IOException;
    }

    @Test
    void pictures() throws IOException {
        List<Path> pictures;
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/pictures"))) {
            pictures = files.filter(file -> !file.toString().matches(".*\\.(py|md)") && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
        for (Path picture : pictures) {
            fuzz(
                    picture.getFileName().toString(),
                    Files.readAllBytes(picture),
                    Math.max(1, 3 * INPUTS / pictures.size()),
                    damaged -> ImageReader.open(new Input("picture", () -> new ByteArrayInputStream(damaged)))
                            .fit(NETWORK, 0.875, Interpolation.BICUBIC));
        }
    }

    @Test
    void idx() throws IOException {
        Path images = directory.resolve("images");
        Path labels = directory.resolve("labels");
        byte[] wholeImages = TestFiles.idx(TestFiles.counting(3 * 25), 0x803, 3, 5, 5);
        byte[] wholeLabels = TestFiles.idx(new byte[] {0, 1, 2}, 0x801, 3);
        Reading ofImages = damaged -> {
            Files.write(images, damaged);
            IdxFiles.read("set", images, labels, CLASSES);
        };
        Reading ofLabels = damaged -> {
            Files.write(labels, damaged);
            IdxFiles.read("set", images, labels, CLASSES);
        };
        Files.write(labels, wholeLabels);
        fuzz("images", wholeImages, INPUTS, ofImages);
        fuzz("packed images", TestFiles.gzip(wholeImages), INPUTS, ofImages);
        Files.write(images, wholeImages);
        fuzz("labels", wholeLabels, INPUTS / 2, ofLabels);
        fuzz("packed labels", TestFiles.gzip(wholeLabels), INPUTS / 2, ofLabels);
    }

    @Test
    void cifar() throws IOException {
        Path file = directory.resolve("data_batch_1.bin");
        TestFiles.writeCifar(file, 3, 1);
        Reading reading = damaged -> {
            Files.write(file, damaged);
            CifarFiles.CIFAR_10.readTrain(directory);
        };
        byte[] whole = Files.readAllBytes(file);
        fuzz("records", whole, INPUTS / 2, reading);
        fuzz("packed records", TestFiles.gzip(whole), INPUTS / 2, reading);
    }

    @Test
    void csv() throws IOException {
        PictureFolder.write(directory, 2, "a", "b");
        Path list = directory.resolve("list.csv");
        String whole = """
                path,label,split
                a/picture-000.png,"a, or b",train
                a/picture-001.jpg,b,val
                b/picture-000.png,b,
                b/picture-001.jpg,"a
                line",train
                """;
        fuzz("list", whole.getBytes(StandardCharsets.UTF_8), INPUTS / 2, damaged -> {
            Files.write(list, damaged);
            DataSources.open("csv:" + list, DataOptions.DEFAULT);
        });
    }

    private static void fuzz(String name, byte[] whole, int inputs, Reading reading) {
        for (int seed = 0; seed < inputs; seed++) {
            RandomGenerator random = new MersenneTwister(new int[] {name.hashCode(), seed});
            byte[] damaged = Mutations.of(whole, random);
            Measured measured = new Measured();
            try {
                reading.read(damaged);
            } catch (BadInputException e) {
                requireSentence(name, seed, e);
            } catch (Throwable e) {
                throw new AssertionError("%s, seed %d: %s".formatted(name, seed, e), e);
            }
            try {
                measured.assertLittle();
            } catch (AssertionError e) {
                throw new AssertionError("%s, seed %d".formatted(name, seed), e);
            }
        }
    }

    private static void requireSentence(String name, int seed, BadInputException e) {
        String message = e.getMessage();
        if (message == null || message.contains("null") || message.length() > 600) {
            throw new AssertionError("%s, seed %d: no sentence: %s".formatted(name, seed, message), e);
        }
    }
}
