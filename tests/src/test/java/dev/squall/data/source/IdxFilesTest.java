package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.TestFiles;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class IdxFilesTest {
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;
    private static final List<String> CLASSES = List.of("a", "b", "c");

    @TempDir
    Path directory;

    private Path images;
    private Path labels;

    @BeforeEach
    void writeThreeImagesOfTwoByFourPixels() throws IOException {
        images = Files.write(directory.resolve("images"), TestFiles.idx(TestFiles.counting(24), IMAGES, 3, 2, 4));
        labels = Files.write(directory.resolve("labels"), TestFiles.idx(new byte[] {2, 0, 1}, LABELS, 3));
    }

    @Test
    void imagesAndLabelsAreRead() {
        Dataset dataset = IdxFiles.read("set", images, labels, CLASSES);
        float[] image = new float[10];
        dataset.image(1, image, 2);

        assertThat(dataset.size()).isEqualTo(3);
        assertThat(dataset.shape()).isEqualTo(new ImageShape(1, 2, 4));
        assertThat(dataset.classes()).isEqualTo(3);
        assertThat(new int[] {dataset.label(0), dataset.label(1), dataset.label(2)})
                .containsExactly(2, 0, 1);
        assertThat(image)
                .containsExactly(
                        0f, 0f, 8 / 255f, 9 / 255f, 10 / 255f, 11 / 255f, 12 / 255f, 13 / 255f, 14 / 255f, 15 / 255f);
    }

    @Test
    void packedFilesEqualPlainOnes() throws IOException {
        Dataset plain = IdxFiles.read("set", images, labels, CLASSES);
        Files.write(images, TestFiles.gzip(Files.readAllBytes(images)));
        Files.write(labels, TestFiles.gzip(Files.readAllBytes(labels)));
        Dataset packed = IdxFiles.read("set", images, labels, CLASSES);

        for (int i = 0; i < 3; i++) {
            float[] expected = new float[8];
            float[] actual = new float[8];
            plain.image(i, expected, 0);
            packed.image(i, actual, 0);
            assertThat(actual).containsExactly(expected);
            assertThat(packed.label(i)).isEqualTo(plain.label(i));
        }
    }

    @Test
    void aWrongMagicNumberIsRefused() {
        assertRefused(
                labels,
                labels,
                labels + " is not an idx file of images: expected the magic number 0x00000803,"
                        + " but got 0x00000801");
        assertRefused(
                images,
                images,
                images + " is not an idx file of labels: expected the magic number 0x00000801,"
                        + " but got 0x00000803");
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(images);
        for (int length = 0; length < whole.length; length++) {
            Files.write(images, Arrays.copyOf(whole, length));
            assertRefused(images, labels, images + " is truncated");
        }
    }

    @Test
    void everyTruncationOfAPackedFileIsRefused() throws IOException {
        byte[] whole = TestFiles.gzip(Files.readAllBytes(images));
        for (int length = 2; length < whole.length; length++) {
            Files.write(images, Arrays.copyOf(whole, length));
            assertRefused(images, labels, images + " is truncated");
        }
    }

    @Test
    void aDamagedPackedFileIsRefused() throws IOException {
        byte[] packed = TestFiles.gzip(Files.readAllBytes(images));
        packed[packed.length - 8] ^= 1;
        Files.write(images, packed);
        assertRefused(images, labels, images + " is a damaged gzip file");
    }

    @Test
    void surplusBytesAreRefused() throws IOException {
        Files.write(images, TestFiles.idx(TestFiles.counting(25), IMAGES, 3, 2, 4));
        assertRefused(images, labels, images + " goes on after the 24 bytes");
    }

    @Test
    void aLabelOutOfRangeIsRefused() throws IOException {
        Files.write(labels, TestFiles.idx(new byte[] {2, 3, 1}, LABELS, 3));
        assertRefused(images, labels, labels + ": label 3 of image 1 is out of range, expected 0 to 2");
    }

    @Test
    void differentCountsAreRefused() throws IOException {
        Files.write(labels, TestFiles.idx(new byte[] {2, 1}, LABELS, 2));
        assertRefused(images, labels, images + " holds 3 images, but " + labels + " holds 2 labels");
    }

    @Test
    void absurdExtentsAreRefusedWithoutAllocatingThem() throws IOException {
        Files.write(
                images, TestFiles.idx(new byte[0], IMAGES, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
        assertRefused(images, labels, images + " claims");
        Files.write(images, TestFiles.idx(new byte[0], IMAGES, 2_000_000, 32, 32));
        assertRefused(images, labels, images + " claims 2,000,000 images of 32 x 32 pixels, more than the 1 GiB");
        Files.write(images, TestFiles.idx(new byte[0], IMAGES, 0, 2, 4));
        assertRefused(images, labels, images + " claims 0 images");
        Files.write(images, TestFiles.idx(new byte[0], IMAGES, -3, 2, 4));
        assertRefused(images, labels, images + " claims -3 images");
    }

    @Test
    void aMissingFileIsRefused() {
        Path none = directory.resolve("none");
        assertRefused(none, labels, "there is no file " + none);
        assertRefused(directory, labels, directory + " is a directory, not a file");
    }

    /** Two megabytes that become two gigabytes, beside one label. */
    @Test
    void whatTheHeadersClaimIsComparedBeforeItIsUnpacked() throws IOException {
        try (var out = new GZIPOutputStream(Files.newOutputStream(images))) {
            out.write(TestFiles.idx(new byte[0], IMAGES, 1000, 1000, 1000));
            out.write(new byte[1 << 20]);
        }
        Files.write(labels, TestFiles.idx(new byte[1], LABELS, 1));
        assertRefused(images, labels, images + " holds 1,000 images, but " + labels + " holds 1 label");

        Files.write(images, TestFiles.idx(new byte[0], IMAGES, 1 << 20, 1 << 15, 1 << 15));
        assertRefused(
                images,
                labels,
                images + " claims 1,048,576 images of 32768 x 32768 pixels, more than the 1 GiB that are supported");
    }

    private static void assertRefused(Path images, Path labels, String message) {
        assertThatThrownBy(() -> IdxFiles.read("set", images, labels, CLASSES))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(message);
    }
}
