package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What two runs have left to look at, and the commands that show more of it. */
@Tag("fast")
class SeeingTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private static Path directory;

    private static Path first;
    private static Path second;

    @BeforeAll
    static void train() throws IOException {
        Path data = directory.resolve("data");
        CommandLineFixture.writeStripes(data, 60, 30);
        first = train(data, "first", 6, 1);
        second = train(data, "second", 2, 2);
    }

    private static Path train(Path data, String name, int epochs, int seed) {
        Path run = directory.resolve(name);
        Result trained = tresnet(
                "train",
                "--data",
                "mnist:" + data,
                "--epochs",
                epochs,
                "--batch",
                20,
                "--lr",
                0.05,
                "--seed",
                seed,
                "--backend",
                "reference",
                "--json",
                "--out",
                run);
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        assertThat(trained.err()).contains("best top-1", "next, classify a picture");
        JsonNode outcome = JSON.readTree(trained.out());
        assertThat(outcome.get("directory").stringValue()).isEqualTo(run.toString());
        assertThat(outcome.get("summary").get("epochs").intValue()).isEqualTo(epochs);
        assertThat(trained.err()).doesNotContain("cannot be written");
        return run;
    }

    @Test
    void aRunLeavesAPageWithItsCommandAndWhatEachImageWasTakenFor() throws IOException {
        String page = Files.readString(first.resolve("run.html"));
        assertThat(page)
                .contains("Surest mistakes", "Calibration", "--label-smoothing")
                .contains("tresnet train --data mnist:" + directory.resolve("data") + " --epochs 6");
        assertThat(Files.readAllLines(first.resolve("predictions.csv"))).hasSize(31);
    }

    @Test
    void reportMakesThePageAnew() throws IOException {
        Files.delete(second.resolve("run.html"));
        Result reported = tresnet("report", second, "--backend", "reference");
        assertThat(reported.exitCode()).as(reported.err()).isZero();
        assertThat(reported.out()).contains("top-1 ", "run.html");
        assertThat(Files.readString(second.resolve("run.html"))).contains("Surest mistakes");
        assertThat(tresnet("report", directory, "--backend", "reference").err()).contains("no directory of a run");

        JsonNode json = JSON.readTree(
                tresnet("report", second, "--backend", "reference", "--json").out());
        assertThat(json.get("page").stringValue()).endsWith("run.html");
        assertThat(json.get("images").intValue()).isEqualTo(30);
        assertThat(json.get("classes")).hasSize(10);
    }

    @Test
    void compareSaysWhichIsBetter() throws IOException {
        Path page = directory.resolve("comparison.html");
        Result compared = tresnet("compare", first, second, "--out", page);
        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out()).contains("settings that differ", "--epochs", "of 30 test images");
        assertThat(Files.readString(page)).contains("McNemar", "Top-1 on the test images");
        assertThat(tresnet("compare", first, second, "--out", page).err()).contains("exists already");

        Path stored = second.resolve("predictions.csv");
        Path hidden = second.resolve("hidden.csv");
        Files.move(stored, hidden);
        try {
            assertThat(tresnet("compare", first, second).out()).contains("has no predictions");
            Result measured = tresnet(
                    "compare",
                    first,
                    second,
                    "--json",
                    "--backend",
                    "reference",
                    "--data",
                    "mnist:" + directory.resolve("data"));
            assertThat(measured.exitCode()).as(measured.err()).isZero();
            assertThat(JSON.readTree(measured.out())
                            .get("tests")
                            .get(0)
                            .get("test")
                            .get("images")
                            .intValue())
                    .isEqualTo(30);
        } finally {
            Files.move(hidden, stored);
        }
        assertThat(tresnet("compare", first).exitCode()).isEqualTo(2);
    }

    @Test
    void explainDrawsWhereTheNetworkLooked() throws IOException {
        Path out = directory.resolve("why");
        Path picture = first.resolve("examples/3.png");
        Object[] command = {
            "explain",
            picture,
            "--weights",
            first.resolve("best.safetensors"),
            "--out",
            out,
            "--backend",
            "reference",
            "--json"
        };
        Result explained = tresnet(command);
        assertThat(explained.exitCode()).as(explained.err()).isZero();
        JsonNode answer = JSON.readTree(explained.out()).get(0);
        assertThat(answer.get("classes")).hasSize(3);
        assertThat(answer.get("explained").get("name").stringValue())
                .isEqualTo(answer.get("classes").get(0).get("name").stringValue());
        BufferedImage overlay =
                ImageIO.read(Path.of(answer.get("overlay").stringValue()).toFile());
        assertThat(overlay.getWidth()).isEqualTo(336);

        assertThat(tresnet(command).err()).contains("exists already");
        Result hidden = tresnet(
                "explain",
                picture,
                picture,
                "--weights",
                first.resolve("best.safetensors"),
                "--out",
                out,
                "--backend",
                "reference",
                "--method",
                "occlusion",
                "--class",
                "4");
        assertThat(hidden.exitCode()).as(hidden.err()).isZero();
        assertThat(out.resolve("3-occlusion.png")).exists();
        assertThat(out.resolve("3-occlusion-2.png")).exists();
        Stream.of(List.of("--class", "elephant"), List.of("--method", "magic")).forEach(wrong -> {
            Result refused = tresnet(
                    "explain",
                    picture,
                    "--weights",
                    first.resolve("best.safetensors"),
                    "--out",
                    out,
                    wrong.get(0),
                    wrong.get(1));
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).contains(wrong.get(1));
        });
    }
}
