package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a user hands in and cannot be used: one sentence, exit code 2, and nothing is lost. */
@Tag("fast")
class BadInputTest {
    @TempDir
    private Path directory;

    private Path data;
    private Path out;

    @BeforeEach
    void writeData() throws IOException {
        data = directory.resolve("data");
        out = directory.resolve("run");
        CommandLineFixture.writeStripes(data, 20, 10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                    | a command is missing",
                "fly                                 | fly",
                "train --bath 3                      | --bath",
                "train --epochs many                 | many",
                "train --epochs 0                    | --epochs must be at least 1, not 0",
                "train --batch 1                     | --batch must be at least 2, not 1",
                "train --batch 6001                  | 6000 training images",
                "train --lr -1                       | --lr must be a positive number",
                "train --model resnet_9000           | there is no network called 'resnet_9000'; choose one of tresnet_tiny",
                "train --data imagenet               | there is no data set 'imagenet'",
                "train --data mnist                  | lacks its directory",
                "train --backend abacus              | there is no backend called abacus",
                "train --threads -1                  | --threads must be at least 0",
                "train --precision sloppy            | sloppy",
                "train --resume --force              | choose one of them",
                "summary --model tresnet_m --image-size 225 | tresnet_m takes images whose sides are multiples of 4",
                "summary --model tresnet_m --image-size 16  | at least 20, not 16x16",
                "summary --batch 0                   | --batch must be at least 1",
                "summary --memory lots               | --memory takes a size such as 16GB",
                "eval --data sample                  | --weights",
                "classify --weights w.safetensors    | IMAGE",
                "classify --weights none.safetensors x.png --top 0 | --top must be at least 1",
                "classify --weights none.safetensors x.png --backend reference | there is no file none.safetensors"
            })
    void optionsAndNames(String arguments, String message) {
        assertSentence(arguments == null ? tresnet() : tresnet((Object[]) arguments.split(" ")), message);
    }

    @Test
    void wrongMagicNumber() throws IOException {
        Path images = data.resolve("train-images-idx3-ubyte");
        byte[] bytes = Files.readAllBytes(images);
        bytes[3] = 9;
        Files.write(images, bytes);

        assertSentence(train(), images.toString());
    }

    @Test
    void truncatedImages() throws IOException {
        Path images = data.resolve("train-images-idx3-ubyte");
        Files.write(images, Arrays.copyOf(Files.readAllBytes(images), 1000));

        assertSentence(train(), images.toString());
    }

    @Test
    void labelOutOfRange() throws IOException {
        Path labels = data.resolve("t10k-labels-idx1-ubyte");
        byte[] bytes = Files.readAllBytes(labels);
        bytes[bytes.length - 1] = 10;
        Files.write(labels, bytes);

        assertSentence(train(), "10");
    }

    @Test
    void emptyDirectory() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));

        assertSentence(tresnet("train", "--data", "mnist:" + empty, "--out", out), empty.toString());
        assertSentence(tresnet("train", "--data", "cifar10:" + empty, "--out", out), empty.toString());
    }

    @Test
    void lengthThatIsNoMultipleOfTheRecord() throws IOException {
        Path cifar = Files.createDirectory(directory.resolve("cifar"));
        Files.write(cifar.resolve("data_batch_1.bin"), new byte[3073 + 5]);
        Files.write(cifar.resolve("test_batch.bin"), new byte[3073]);

        assertSentence(tresnet("train", "--data", "cifar10:" + cifar, "--out", out), "3078");
    }

    @Test
    void imageSizeTheNetworkCannotTake() {
        assertSentence(tresnet("train", "--data", "mnist:" + data, "--model", "tresnet_m", "--out", out), "12x12");
        assertThat(out).doesNotExist();
    }

    @Test
    void weightsOfAnotherShapeNameTheFirstKeys() throws IOException {
        Path weights = directory.resolve("weights.safetensors");
        SafeTensors.write(weights, Map.of("head.fc.weight", HostTensor.ofFloats(new float[20], 10, 2)), Map.of());

        Result result =
                tresnet("classify", "--weights", weights, "--model", "tresnet_tiny", "--backend", "reference", "x.png");

        assertSentence(result, "body.conv1.0.weight is missing");
        assertThat(result.err())
                .contains("body.conv1.1.weight")
                .contains("more")
                .doesNotContain("layer4");
    }

    @Test
    void weightsThatDoNotSayWhatTheyAre() throws IOException {
        Path weights = directory.resolve("weights.safetensors");
        SafeTensors.write(weights, Map.of("head.fc.weight", HostTensor.ofFloats(new float[20], 10, 2)), Map.of());

        assertSentence(tresnet("classify", "--weights", weights, "--backend", "reference", "x.png"), "add --model");
    }

    @Test
    void anOutputDirectoryThatHoldsARun() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("metrics.csv"), "precious");

        assertSentence(train(), out + " holds a run already");
        assertThat(out.resolve("metrics.csv")).hasContent("precious");
    }

    @Test
    void badDataDoesNotLoseARunThatWasToBeReplaced() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("metrics.csv"), "precious");
        Files.delete(data.resolve("t10k-labels-idx1-ubyte"));

        assertSentence(tresnet("train", "--data", "mnist:" + data, "--out", out, "--force"), "t10k-labels-idx1-ubyte");
        assertThat(out.resolve("metrics.csv")).hasContent("precious");
    }

    @Test
    void nothingToResume() {
        assertSentence(tresnet("train", "--data", "mnist:" + data, "--out", out, "--resume"), "resume.safetensors");
    }

    private Result train() {
        return tresnet("train", "--data", "mnist:" + data, "--out", out, "--batch", 10, "--backend", "reference");
    }

    private static void assertSentence(Result result, String message) {
        assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
        assertThat(result.err().strip().lines()).hasSize(1);
        assertThat(result.err()).startsWith("tresnet").contains(message).doesNotContain("Exception");
        assertThat(result.out()).isEmpty();
    }
}
