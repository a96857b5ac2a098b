package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.data.source.PictureFolder;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is said of trained networks and pictures, in all its forms. */
@Tag("fast")
class EvalAndClassifyTest {
    @TempDir
    private Path directory;

    private Path weights;

    @BeforeEach
    void writeData() throws IOException {
        Checkout.writeWeightsAndPicture(directory);
        weights = directory.resolve("weights.safetensors");
        CommandLineFixture.writeStripes(directory.resolve("data"), 10, 40, 28);
    }

    private Result eval(Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "eval",
                "--weights",
                weights,
                "--data",
                "mnist:" + directory.resolve("data"),
                "--backend",
                "reference"));
        words.addAll(List.of(more));
        return tresnet(words.toArray());
    }

    private Result classify(Object... more) {
        List<Object> words = new ArrayList<>(List.of("classify", "--weights", weights, "--backend", "reference"));
        words.addAll(List.of(more));
        return tresnet(words.toArray());
    }

    @Test
    void evalTellsTheSameInAllItsForms() throws IOException {
        Path predictions = directory.resolve("predictions.csv");
        Path confusion = directory.resolve("confusion.csv");
        Result result = eval("--json", "--batch", 16, "--predictions", predictions, "--confusion", confusion);

        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode json = new JsonMapper().readTree(result.out());
        assertThat(json.get("images").intValue()).isEqualTo(40);
        assertThat(json.get("skipped")).isEmpty();
        assertThat(json.get("top5").doubleValue()).isBetween(json.get("top1").doubleValue(), 1.0);
        List<List<String>> rows = rows(predictions);
        assertThat(rows.getFirst()).containsExactly("image", "label", "prediction", "probability", "label_probability");
        assertThat(rows).hasSize(41);
        assertThat(rows.get(12).subList(0, 2)).containsExactly("11", "1");
        List<List<String>> right =
                rows.stream().filter(row -> row.get(1).equals(row.get(2))).toList();
        assertThat(json.get("top1").doubleValue()).isEqualTo(right.size() / 40.0);
        assertThat(right).allMatch(row -> row.get(3).equals(row.get(4)));
        double loss = rows.stream()
                .skip(1)
                .mapToDouble(row -> -Math.log(Double.parseDouble(row.get(4))))
                .average()
                .orElseThrow();
        assertThat(json.get("loss").doubleValue()).isCloseTo(loss, org.assertj.core.api.Assertions.within(1e-4));
        List<List<String>> matrix = rows(confusion);
        assertThat(matrix.getFirst()).startsWith("label", "0", "1").hasSize(11);
        assertThat(IntStream.range(1, 11)
                        .map(i -> Integer.parseInt(matrix.get(i).get(i)))
                        .sum())
                .isEqualTo(right.size());
        for (int label = 0; label < 10; label++) {
            JsonNode ofClass = json.get("classes").get(label);
            assertThat(ofClass.get("images").intValue()).isEqualTo(4);
            assertThat(ofClass.get("top1").doubleValue())
                    .isEqualTo(Integer.parseInt(matrix.get(label + 1).get(label + 1)) / 4.0);
        }
        assertThat(eval().out()).containsPattern("top-1 0\\.\\d{4}, top-5 0\\.\\d{4}, loss");
    }

    private static List<List<String>> rows(Path csv) throws IOException {
        return Files.readAllLines(csv).stream()
                .map(line -> Arrays.asList(line.split(",")))
                .toList();
    }

    /** A disk that is always full, and is not replaced by a file. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aTableThatDoesNotFitOnTheDiskIsSaid() {
        Path full = Path.of("/dev/full");
        for (String option : new String[] {"--predictions", "--confusion"}) {
            Result result = eval(option, full);
            assertThat(result.exitCode()).isEqualTo(2);
            assertThat(result.out()).contains("top-1");
            assertThat(result.err()).contains("/dev/full cannot be written: No space left on device");
            assertThat(full).exists();
            assertThat(Files.isRegularFile(full)).isFalse();
        }
    }

    @Test
    void evalOverwritesNothingAndSaysSoBeforeItBegins() throws IOException {
        Path file = Files.writeString(directory.resolve("mine.csv"), "precious");

        for (String option : new String[] {"--predictions", "--confusion"}) {
            Result refused = eval(option, file);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).hasLineCount(1).contains("mine.csv exists already; replace it with --force");
            assertThat(refused.out()).isEmpty();
        }
        assertThat(file).content().isEqualTo("precious");
        assertThat(eval("--predictions", file, "--force").exitCode()).isZero();
        assertThat(file).content().startsWith("image,label");
        assertThat(eval("--confusion", directory.resolve("none/c.csv")).err()).contains("there is no directory");
        assertThat(eval("--confusion", directory).err()).contains("is a directory");
        assertThat(eval("--confusion", directory, "--force").err()).contains("is a directory");
        assertThat(eval("--confusion", directory.resolve("a"), "--predictions", directory.resolve("./a"))
                        .err())
                .contains("give two names");
    }

    @Test
    void theAnswersDoNotDependOnTheBatchAndFollowTheOrderOfThePictures() throws IOException {
        Path photos = directory.resolve("photos");
        PictureFolder.write(photos, 5, "a", "b");
        Files.writeString(photos.resolve("a/picture-002.bmp"), "damaged");
        Object[] arguments = {photos.resolve("b/picture-003.gif"), photos, directory.resolve("none.png")};
        Result one = classify(concatenated(arguments, "--csv", "--top", 2, "--batch", 1));
        Result many = classify(concatenated(arguments, "--csv", "--top", 2, "--batch", 4, "--loader-threads", 3));

        assertThat(one.exitCode()).isEqualTo(2);
        assertThat(many.out()).isEqualTo(one.out());
        assertThat(many.err()).isEqualTo(one.err()).hasLineCount(2).contains("picture-002.bmp", "none.png");
        List<String> lines = many.out().lines().toList();
        assertThat(lines.getFirst()).isEqualTo("image,rank,class,probability");
        assertThat(lines).hasSize(1 + 2 * 10);
        assertThat(lines.get(1)).startsWith(photos.resolve("b/picture-003.gif") + ",1,class ");
        assertThat(lines.get(2)).startsWith(photos.resolve("b/picture-003.gif") + ",2,class ");
        assertThat(lines.get(3)).startsWith(photos.resolve("a/picture-000.png") + ",1,class ");
        assertThat(classify(photos, "--csv", "--json").err()).contains("choose one of them");
    }

    private static Object[] concatenated(Object[] first, Object... second) {
        List<Object> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(second));
        return all.toArray();
    }

    @Test
    void classesAreCalledAsAFileSays() throws IOException {
        Path picture = directory.resolve("picture.png");
        Path names = Files.writeString(
                directory.resolve("names.txt"), "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\n eight \nnine\n\n");

        JsonNode answer = new JsonMapper()
                .readTree(classify(picture, "--json", "--top", 10, "--classes", names)
                        .out());
        for (JsonNode guess : answer.get(0).get("classes")) {
            assertThat(guess.get("name").stringValue())
                    .isEqualTo(Files.readAllLines(names)
                            .get(guess.get("label").intValue())
                            .strip());
        }
        Files.writeString(names, "one\n\nthree\n");
        assertThat(classify(picture, "--classes", names).err()).contains("line 2 of " + names + " is empty");
        Files.writeString(names, "one\ntwo\nthree\n");
        assertThat(classify(picture, "--classes", names).err()).contains("knows 10 classes, but " + names + " names 3");
        assertThat(classify(picture, "--classes", directory.resolve("nowhere")).err())
                .contains("there is no file");
    }

    @Test
    void aThousandClassesWithoutNamesAreThoseOfImageNet() throws IOException {
        SafeTensors stored = SafeTensors.read(weights);
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored.tensors());
        float[] bias = new float[1000];
        bias[281] = 100;
        tensors.put("head.fc.weight", HostTensor.ofFloats(new float[512 * 1000], 1000, 512));
        tensors.put("head.fc.bias", HostTensor.ofFloats(bias, 1000));
        SafeTensors.write(weights, tensors, Map.of());

        Result result = classify("--model", "tresnet_tiny", "--top", 1, directory.resolve("picture.png"));

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("tabby").contains("100.0 %");
        assertThat(result.err()).contains("its 1000 classes are, so that they are taken for those of ImageNet");
    }
}
