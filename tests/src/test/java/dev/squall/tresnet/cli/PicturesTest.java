package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import dev.squall.data.source.PictureFolder;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
        Map<String, HostTensor> expected = null;
        for (int threads : new int[] {1, 2, 4}) {
            Path out = directory.resolve("run" + threads);
            Result result = train(out, "--loader-threads", threads);
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out())
                    .contains("1 file could not be read and was left out; " + out.resolve("skipped.txt"));
            assertThat(out.resolve("skipped.txt")).content().startsWith(photos.resolve("above/notes.jpg") + " is not");
            Map<String, HostTensor> weights =
                    SafeTensors.read(out.resolve("last.safetensors")).tensors();
            assertThat(weights.equals(expected == null ? weights : expected))
                    .as("%d loader threads", threads)
                    .isTrue();
            expected = weights;
        }
        Path weights = directory.resolve("run1/best.safetensors");
        Result measured = tresnet("eval", "--weights", weights, "--data", "folder:" + photos, "--backend", "reference");
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        assertThat(measured.out()).contains("on 6 test images").contains("1 file cannot be read and is left out:");
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

    /** The damaged ones are a batch of their own, in training and after. */
    @Test
    void picturesThatBreakOffAreLeftOutAndCounted() throws IOException {
        Path apart = directory.resolve("apart");
        for (String part : new String[] {"train", "val"}) {
            PictureFolder.write(apart.resolve(part), 2, "a", "b");
            for (String name : new String[] {"x", "y"}) {
                byte[] picture = Files.readAllBytes(apart.resolve(part + "/b/picture-000.png"));
                Files.write(apart.resolve(part + "/b/" + name + ".png"), Arrays.copyOf(picture, picture.length / 2));
            }
        }
        Path run = directory.resolve("run");
        Result trained = tresnet(
                "train",
                "--data",
                "folder:" + apart,
                "--image-size",
                16,
                "--epochs",
                2,
                "--batch",
                2,
                "--backend",
                "reference",
                "--out",
                run);
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("on 4 test images").contains("4 files could not be read");

        Result measured = tresnet(
                "eval",
                "--weights",
                run.resolve("last.safetensors"),
                "--data",
                "folder:" + apart,
                "--batch",
                2,
                "--backend",
                "reference",
                "--json");
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        JsonNode json = new JsonMapper().readTree(measured.out());
        assertThat(json.get("images").intValue()).isEqualTo(4);
        assertThat(json.get("skipped")).hasSize(2);
        assertThat(json.get("skipped").get(0).stringValue())
                .isEqualTo(apart.resolve("val/b/x.png") + " is a damaged image: it is truncated");
        assertThat(json.get("classes").get(1).get("images").intValue()).isEqualTo(2);
    }

    @Test
    void whatWasSetApartInTrainingIsMeasured() {
        Path run = directory.resolve("run");
        assertThat(train(run, "--seed", 7, "--val-split", 0.4).exitCode()).isZero();
        Path[] tables = {directory.resolve("as in training"), directory.resolve("said"), directory.resolve("other")};
        Object[][] splits = {{}, {"--seed", 7, "--val-split", 0.4}, {"--seed", 8}};
        for (int i = 0; i < tables.length; i++) {
            List<Object> words = new ArrayList<>(List.of(
                    "eval", "--weights", run.resolve("best.safetensors"), "--data", "folder:" + photos, "--backend"));
            words.addAll(List.of("reference", "--predictions", tables[i]));
            words.addAll(List.of(splits[i]));
            Result result = tresnet(words.toArray());
            assertThat(result.exitCode()).as(result.err()).isZero();
            String learned = "has learned from some of the images that it is measured with";
            assertThat(result.err().contains(learned)).isEqualTo(i == 2);
        }
        assertThat(tables[0]).hasSameTextualContentAs(tables[1]).content().hasLineCount(1 + 15);
        assertThat(tables[0]).content().isNotEqualTo(contentOf(tables[2].toFile()));
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
        words.addAll(List.of("--cutout", "6"));
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
                "--cutout",
                "10",
                "--sheet",
                sheet);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("folder: 30 training and 6 test images of 3x20x20, 3 classes")
                .containsPattern("middle +10 +2")
                .contains("1 file cannot be read and is left out:")
                .contains("sheet: " + sheet);
        assertThat(javax.imageio.ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(8 * 22 + 2);

        Result again = tresnet("data", "sample", "--sheet", sheet);
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("is there already");
        assertThat(tresnet("data", "sample", "--color-jitter", "-1").err()).contains("--color-jitter");
    }
}
