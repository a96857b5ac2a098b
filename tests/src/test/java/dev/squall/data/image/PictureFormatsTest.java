package dev.squall.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every format as Pillow reads it, and resizing as Pillow does it. */
@Tag("fast")
class PictureFormatsTest {
    static final Path PICTURES = Path.of("src/test/resources/pictures");
    private static final Path PHOTO = Path.of("src/test/resources/photo");

    static List<String> pictures() throws IOException {
        try (Stream<Path> files = Files.list(PICTURES)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".py") && !name.endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void everyFormatIsReadAsPillowReadsIt(String name) throws IOException {
        // A name that says nothing: what is in the file decides.
        Image read = ImageReader.read(PICTURES.resolve(name)).withChannels(3);
        Image expected =
                ImageReader.read(PICTURES.resolve("expected/" + name + ".png")).withChannels(3);

        assertThat(read.shape()).isEqualTo(expected.shape());
        double sum = 0;
        double most = 0;
        for (int i = 0; i < read.pixels().length; i++) {
            double difference = Math.abs(read.pixels()[i] - expected.pixels()[i]);
            sum += difference;
            most = Math.max(most, difference);
        }
        if (name.contains("lossy")) {
            // The decoder repeats the colours of a lossy WebP, which are half as dense, where libwebp interpolates
            // them.
            assertThat(sum / read.pixels().length).isLessThan(0.02);
        } else {
            assertThat(most).isLessThanOrEqualTo(1.001 / 255);
        }
    }

    /** Each part of a picture is predicted from those before it, so that an error would grow from the top left to the bottom right. */
    @Test
    void aLossyWebpIsThatOfLibwebpUpToTheEdgesOfColours() {
        float[] read = ImageReader.read(PHOTO.resolve("raccoon.webp")).pixels();
        float[] expected = ImageReader.read(PHOTO.resolve("webp.png")).pixels();
        assertThat(read).hasSameSizeAs(expected);
        double sum = 0;
        int far = 0;
        for (int i = 0; i < read.length; i++) {
            double difference = Math.abs(read[i] - expected[i]);
            sum += difference;
            far += difference > 4.001 / 255 ? 1 : 0;
        }
        assertThat(sum / read.length).isLessThan(1.0 / 255);
        assertThat(far / (double) read.length).isLessThan(0.02);
    }

    /** Hierarchical, and two with arithmetic coding. */
    @ParameterizedTest
    @ValueSource(ints = {0xc5, 0xc9, 0xca})
    void aJpegOfARareKindIsNamed(int frame) throws IOException {
        byte[] jpeg = Files.readAllBytes(PICTURES.resolve("base444.jpg"));
        for (int i = 0; i + 1 < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0) {
                jpeg[i + 1] = (byte) frame;
                break;
            }
        }
        Input input = new Input("rare.jpg", () -> new ByteArrayInputStream(jpeg));
        assertThatThrownBy(() -> ImageReader.open(input))
                .isInstanceOf(BadInputException.class)
                .hasMessage("rare.jpg is a JPEG of a rare kind (hierarchical, or with arithmetic coding) that is"
                        + " not supported; save it anew");
    }

    @Test
    void theContentDecidesAndNotTheName() throws IOException {
        Path misnamed = Files.createTempFile("picture", ".txt");
        try {
            Files.copy(PICTURES.resolve("lossless.webp"), misnamed, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(ImageReader.read(misnamed).pixels())
                    .containsExactly(
                            ImageReader.read(PICTURES.resolve("rgb.png")).pixels());
        } finally {
            Files.delete(misnamed);
        }
    }

    @ParameterizedTest
    @CsvSource({"61, 47", "211, 90"})
    void aPhotographIsResizedAsPillowDoesIt(int width, int height) {
        Picture photo = ImageReader.open(PHOTO.resolve("raccoon.png"));
        for (Interpolation interpolation : Interpolation.values()) {
            Image resized = photo.resample(
                    Box.of(photo.height(), photo.width()), new ImageShape(3, height, width), interpolation);
            assertEqual(resized, "%s-%dx%d".formatted(interpolation, width, height));
        }
    }

    /** Resize(73) and CenterCrop(64), whose places are rounded; and a part that is cut out first. */
    @Test
    void theEvaluationTransformIsThatOfTorchvision() {
        Picture photo = ImageReader.open(PHOTO.resolve("raccoon.png"));
        for (Interpolation interpolation : Interpolation.values()) {
            assertEqual(photo.fit(new ImageShape(3, 64, 64), 64 / 73.0, interpolation), interpolation + "-evaluation");
            assertEqual(
                    photo.resampleAlone(new Box(31, 20, 142, 101), new ImageShape(3, 48, 48), interpolation),
                    interpolation + "-crop");
        }
    }

    /** 60 of 0.9 are the middle of 66.67 pixels, of which there are 66, as in timm. */
    @Test
    void thePictureThatIsCroppedHasItsSizeRoundedDown() {
        Picture photo = ImageReader.open(PHOTO.resolve("raccoon.png"));
        for (Interpolation interpolation : Interpolation.values()) {
            assertEqual(photo.fit(new ImageShape(3, 60, 60), 0.9, interpolation), interpolation + "-floor");
        }
    }

    /** Where a cubic shoots over, it matters which way comes first. */
    @Test
    void aPhotographThatIsStoredOnItsSideIsTurnedBeforeItIsResized() {
        Picture photo = ImageReader.open(PHOTO.resolve("turned.png"));
        for (Interpolation interpolation : Interpolation.values()) {
            assertEqual(photo.fit(new ImageShape(3, 64, 64), 0.875, interpolation), interpolation + "-turned");
        }
    }

    private static void assertEqual(Image resized, String name) {
        Image expected = ImageReader.read(PHOTO.resolve(name.toLowerCase(Locale.ROOT) + ".png"));
        assertThat(resized.shape()).isEqualTo(expected.shape());
        for (int i = 0; i < resized.pixels().length; i++) {
            assertThat(resized.pixels()[i]).as(name).isCloseTo(expected.pixels()[i], within(1.001f / 255));
        }
    }
}
