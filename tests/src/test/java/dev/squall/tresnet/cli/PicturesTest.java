package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.data.source.PictureFolder;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's own pictures, from the command line. */
@Tag("fast")
class PicturesTest {
    @TempDir
    private Path directory;

    private Path photos;

    @BeforeEach
    void writePictures() throws IOException {
        photos = directory.resolve("photos");
        PictureFolder.write(photos, 12, "above", "below", "middle");
        Files.writeString(photos.resolve("above/notes.jpg"), "no picture");
    }

    @Test
    void theSameSeedGivesTheSameWeightsWhateverTheLoaderThreads() throws IOException {
        byte[] expected = null;
        for (int threads : new int[] {1, 2, 4}) {
            Path out = directory.resolve("run" + threads);
            Result result = train(out, "--loader-threads", threads);
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out())
                    .contains("1 files could not be read and were left out; " + out.resolve("skipped.txt"));
            assertThat(out.resolve("skipped.txt")).content().startsWith(photos.resolve("above/notes.jpg") + " is not");
            byte[] weights = Files.readAllBytes(out.resolve("last.safetensors"));
            assertThat(weights).isEqualTo(expected == null ? weights : expected);
            expected = weights;
        }
        Path weights = directory.resolve("run1/best.safetensors");
        Result measured = tresnet("eval", "--weights", weights, "--data", "folder:" + photos, "--backend", "reference");
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        assertThat(measured.out()).contains("on 6 test images");
        Result classified = tresnet(
                "classify",
                "--weights",
                weights,
                "--backend",
                "reference",
                photos.resolve("below/picture-000.png"),
                photos.resolve("above/notes.jpg"),
                photos.resolve("below/picture-001.jpg"));
        assertThat(classified.exitCode()).isEqualTo(2);
        assertThat(classified.err()).contains("notes.jpg is not an image").hasLineCount(1);
        assertThat(classified.out()).contains("picture-000.png").contains("picture-001.jpg");
        assertThat(train(directory.resolve("run1"), "--resume", "--mixup", "0.3")
                        .err())
                .contains("cannot be resumed with");
    }

    private Result train(Path out, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "train",
                "--data",
                "folder:" + photos,
                "--image-size",
                "16",
                "--epochs",
                "1",
                "--batch",
                "8",
                "--backend"));
        words.addAll(
                List.of("reference", "--out", out, "--cutmix", "1", "--rand-augment", "9", "--random-erasing", "0.3"));
        words.addAll(List.of(more));
        return tresnet(words.toArray());
    }

    @Test
    void aDataSetIsDescribedAndDrawn() throws IOException {
        Path sheet = directory.resolve("sheet.png");
        Result result = tresnet(
                "data",
                "folder:" + photos,
                "--image-size",
                "20",
                "--rand-augment",
                "9",
                "--mixup",
                "0.2",
                "--sheet",
                sheet);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("folder: 30 training and 6 test images of 3x20x20, 3 classes")
                .containsPattern("middle +10 +2")
                .contains("1 files cannot be read and are left out:")
                .contains("sheet: " + sheet);
        assertThat(javax.imageio.ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(8 * 22 + 2);

        Result again = tresnet("data", "sample", "--sheet", sheet);
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("is there already");
        assertThat(tresnet("data", "sample", "--color-jitter", "-1").err()).contains("--color-jitter");
    }
}
