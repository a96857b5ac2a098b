package dev.squall.data;

import dev.squall.DamagedFiles;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Interpolation;
import dev.squall.data.source.CifarFiles;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSources;
import dev.squall.data.source.IdxFiles;
import dev.squall.data.source.PictureFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files of every kind that data sets are read from. */
@Tag("fast")
class FuzzTest {
    private static final ImageShape NETWORK = new ImageShape(3, 32, 32);
    private static final List<String> CLASSES = List.of("a", "b", "c");
    private static final Path PICTURES = Path.of("src/test/resources/pictures");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "webp", "gif", "bmp", "tif"})
    void pictures(String format) throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        try (Stream<Path> files = Files.list(PICTURES)) {
            for (Path file : files.filter(file -> file.toString().endsWith("." + format))
                    .sorted()
                    .toList()) {
                pictures.add(Files.readAllBytes(file));
            }
        }
        DamagedFiles.fuzz(
                500,
                random -> Mutations.of(pictures.get(random.nextInt(pictures.size())), random),
                damaged -> ImageReader.open(new Input("picture", () -> new ByteArrayInputStream(damaged)))
                        .fit(NETWORK, 0.875, Interpolation.BICUBIC));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void idx(boolean packed) throws IOException {
        Path images = directory.resolve("images");
        Path labels = directory.resolve("labels");
        byte[] wholeImages = packed(packed, TestFiles.idx(TestFiles.counting(3 * 25), 0x803, 3, 5, 5));
        byte[] wholeLabels = packed(packed, TestFiles.idx(new byte[] {0, 1, 2}, 0x801, 3));
        Files.write(labels, wholeLabels);
        DamagedFiles.fuzz(1000, wholeImages, damaged -> {
            Files.write(images, damaged);
            IdxFiles.read("set", images, labels, CLASSES);
        });
        Files.write(images, wholeImages);
        DamagedFiles.fuzz(500, wholeLabels, damaged -> {
            Files.write(labels, damaged);
            IdxFiles.read("set", images, labels, CLASSES);
        });
    }

    private static byte[] packed(boolean packed, byte[] bytes) throws IOException {
        return packed ? TestFiles.gzip(bytes) : bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cifar(boolean packed) throws IOException {
        Path file = directory.resolve("data_batch_1.bin");
        TestFiles.writeCifar(file, 3, 1);
        DamagedFiles.fuzz(500, packed(packed, Files.readAllBytes(file)), damaged -> {
            Files.write(file, damaged);
            CifarFiles.CIFAR_10.readTrain(directory);
        });
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
        DamagedFiles.fuzz(500, whole.getBytes(StandardCharsets.UTF_8), damaged -> {
            Files.write(list, damaged);
            DataSources.open("csv:" + list, DataOptions.DEFAULT);
        });
    }
}
