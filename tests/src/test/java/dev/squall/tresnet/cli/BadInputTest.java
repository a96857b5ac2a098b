package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                "train --batch 6001                  | 6,000 training images",
                "train --lr -1                       | --lr must be a positive number",
                "train --model resnet_9000           | there is no network called 'resnet_9000'; choose one of tresnet_tiny",
                "train --data imagenet               | there is no data set 'imagenet'",
                "train --data mnist                  | lacks its directory",
                "train --backend abacus              | there is no backend called abacus",
                "train --threads -1                  | --threads must be at least 0",
                "train --precision sloppy            | sloppy",
                "train --resume --force              | choose one of them",
                "train --epochs 2000000000           | --epochs must be at most 1000000, not 2000000000",
                "train --epochs 99999999999          | 99999999999",
                "train --batch 2000000000            | --batch must be at most 1048576",
                "train --threads 2000000000          | --threads must be at most 1024",
                "train --device 2000000000           | --device must be at most 1000",
                "train --lr 1e300                    | --lr must be a positive number of at most 1000000",
                "train --lr NaN                      | --lr must be a positive number",
                "train --patience -1                 | --patience must be at least 0",
                "train --checkpoint-minutes -1       | --checkpoint-minutes must be a positive number",
                "train --checkpoint-minutes 1e9      | --checkpoint-minutes must be at most 10080",
                "train --backend meta                | the backend meta computes nothing",
                "eval --backend meta --weights x     | the backend meta computes nothing",
                "classify --backend meta --weights x y.png | the backend meta computes nothing",
                "summary --batch 2000000000          | --batch must be at most 1000000, not 2000000000",
                "summary --batch 1000000 --model tresnet_m | more elements than are counted",
                "summary --image-size 100000         | --image-size must be at most 16384",
                "summary --image-size 16384 --model tresnet_xl | more elements than are counted",
                "summary --classes 2000000000        | --classes must be at most 1000000",
                "summary --channels 100000000        | --channels must be at most 1024",
                "summary --channels 1024 --classes 1000000 --batch 1000000 | more elements than are counted",
                "classify --weights x --image-size 1000000 y.png | --image-size must be at most 16384",
                "classify --weights x --top 2000000000 y.png | --top must be at most 1000000",
                "kernels --device -1                 | --device must be at least 0",
                "summary --bath 3                    | did you mean --batch",
                "trian                               | did you mean train?",
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

    /** As when a variable of the shell is not set: an empty name would be that of the current directory. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "train --out=",
                "train --data=",
                "train --recipe=",
                "train --model=",
                "eval --weights=",
                "export --weights=x --out=",
                "data",
                "weights",
                "classify --weights x picture.png"
            })
    void emptyNames(String arguments) {
        List<Object> words = new ArrayList<>(Arrays.asList((Object[]) arguments.split(" ")));
        if (!arguments.contains("=")) {
            // Also where another name came before it.
            words.add("");
        }
        assertSentence(tresnet(words.toArray()), "is empty");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                          | is empty",
                "version https://git-lfs.github.com/spec/v1   | is a Git LFS pointer",
                "<!DOCTYPE html><html>404 not found</html>    | is an HTML page",
                "{\"a\": 1}                                   | shards",
                "BZh91AY&SY and so on                         | is a packed file or an archive",
                "GGUF and so on                               | is a GGUF file",
                "....TFL3 and so on                           | is a TensorFlow Lite model",
                "%PDF-1.7 and so on                           | is a PDF document",
                "#!/bin/sh                                    | is a program",
                "'\b\u0007\u0012\u0007pytorch and so on'       | is an ONNX model",
                "once upon a time there was a long enough text | does not begin with the length of a header"
            })
    void weightsThatAreSomethingElse(String contents, String message) throws IOException {
        Path weights = Files.writeString(directory.resolve("weights.safetensors"), contents);

        assertSentence(
                tresnet("classify", "--weights", weights, "--backend", "reference", "x.png"),
                message.equals("shards") ? weights.toString() : message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "crop    | 0",
                "crop    | 2",
                "crop    | NaN",
                "crop    | -0.5",
                "crop    | wide",
                "crop    | ''",
                "crop    | 1e-9",
                "model   | nonsense",
                "model   | ''",
                "image   | [1.5,28,28]",
                "mean    | [null]",
                "mean    | ['0']",
                "classes | []",
                "classes | 7",
                "image   | [1,1000000,1000000]",
                "image   | [1,28]",
                "image   | [1,28,28,28]",
                "image   | [0,28,28]",
                "image   | [1,28,2000000000000]",
                "mean    | [0,0,0]",
                "mean    | [1e999]",
                "std     | [0]",
                "std     | [NaN]",
                "norm    | none"
            })
    void aDamagedDescriptionOfTheNetwork(String key, String value) throws IOException {
        Checkout.writeWeightsAndPicture(directory);
        SafeTensors stored = SafeTensors.read(directory.resolve("weights.safetensors"));
        Map<String, String> texts = new LinkedHashMap<>(stored.metadata());
        texts.put(key, value);
        SafeTensors.write(directory.resolve("weights.safetensors"), stored.tensors(), texts);

        assertSentence(
                classify(),
                "the description of the network in " + directory.resolve("weights.safetensors") + " is damaged");
        assertThat(classify().err()).doesNotContain("Source:", "String", "token");
    }

    private Result classify() {
        return tresnet(
                "classify",
                "--weights",
                directory.resolve("weights.safetensors"),
                "--backend",
                "reference",
                directory.resolve("picture.png"));
    }

    @ParameterizedTest
    @CsvSource({
        "head.fc.weight, NaN",
        "head.fc.bias, Infinity",
        "body.conv1.1.running_var, NaN",
        "body.conv1.0.weight, -Infinity"
    })
    void weightsThatAreNotFinite(String name, float value) throws IOException {
        change(name, value);

        assertSentence(classify(), "are not finite: there is a NaN or an infinity in " + name);
        assertSentence(
                tresnet("eval", "--weights", directory.resolve("weights.safetensors"), "--backend", "reference"),
                "not finite");
    }

    @Test
    void weightsThatGrowBeyondAllLimits() throws IOException {
        change("body.conv1.0.weight", 3e38f);
        change("head.fc.weight", 3e38f);

        Result result = classify();

        assertThat(result.exitCode()).as(result.out()).isEqualTo(2);
        assertThat(result.out()).doesNotContain("NaN");
    }

    private void change(String name, float value) throws IOException {
        Path weights = directory.resolve("weights.safetensors");
        if (!Files.exists(weights)) {
            Checkout.writeWeightsAndPicture(directory);
        }
        SafeTensors stored = SafeTensors.read(weights);
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored.tensors());
        float[] values = tensors.get(name).floats();
        Arrays.fill(values, value);
        tensors.put(name, HostTensor.ofFloats(values, tensors.get(name).shape()));
        SafeTensors.write(weights, tensors, stored.metadata());
    }

    @Test
    void anyFlippedBitOfTheWeightsIsFound() throws IOException {
        Checkout.writeWeightsAndPicture(directory);
        Path weights = directory.resolve("weights.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length / 2] ^= 1;
        Files.write(weights, bytes);

        assertSentence(classify(), "is damaged: its contents do not give the checksum");
    }

    @Test
    void testImagesOfAnotherSize() throws IOException {
        Path other = directory.resolve("other");
        CommandLineFixture.writeStripes(other, 20, 10, 16);
        for (String kind : new String[] {"images-idx3", "labels-idx1"}) {
            Files.copy(
                    other.resolve("t10k-" + kind + "-ubyte"),
                    data.resolve("t10k-" + kind + "-ubyte"),
                    StandardCopyOption.REPLACE_EXISTING);
        }

        assertSentence(train(), "1x12x12, but its test images are 1x16x16");
        assertThat(out).doesNotExist();
    }

    @Test
    void weightsThatKnowOtherClasses() throws IOException {
        Checkout.writeWeightsAndPicture(directory);
        SafeTensors stored = SafeTensors.read(directory.resolve("weights.safetensors"));
        Map<String, String> texts = new LinkedHashMap<>(stored.metadata());
        texts.put("classes", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]");
        SafeTensors.write(directory.resolve("weights.safetensors"), stored.tensors(), texts);

        assertSentence(
                tresnet(
                        "eval",
                        "--weights",
                        directory.resolve("weights.safetensors"),
                        "--data",
                        "mnist:" + data,
                        "--backend",
                        "reference"),
                "class 0 is 'a' there and '0' here");
    }

    @Test
    void aDirectoryInUseByAnotherRun() throws IOException {
        try (RunDirectory live = RunDirectory.open(out, RunDirectory.Existing.REFUSE)) {
            assertThat(live.path()).exists();
            assertSentence(train(), "is in use by another run");
            assertSentence(
                    tresnet("train", "--data", "mnist:" + data, "--out", out, "--force"), "is in use by another run");
        }
    }

    @Test
    void anOutputThatCannotBeMade() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertSentence(
                tresnet("train", "--data", "mnist:" + data, "--out", file.resolve("run")), "cannot be written: ");
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
