package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import dev.squall.data.image.Interpolation;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From somebody's weights to a network for one's own pictures, and what of it is stored, printed and compared. */
@Tag("fast")
class TransferCommandTest {
    private static final List<String> CLASSES = List.of("blue", "green", "red");

    @TempDir
    private Path directory;

    private Path weights;
    private Path pets;
    private Path out;

    @BeforeEach
    void writeWeightsAndPictures() throws IOException {
        weights = directory.resolve("weights.safetensors");
        pets = directory.resolve("pets");
        out = directory.resolve("run");
        writeWeights(weights, List.of("a", "b", "c", "d"), 1);
        for (int label = 0; label < CLASSES.size(); label++) {
            Path home = Files.createDirectories(pets.resolve(CLASSES.get(label)));
            for (int i = 0; i < 8; i++) {
                BufferedImage image = new BufferedImage(20 + i, 24, BufferedImage.TYPE_INT_RGB);
                for (int p = 0; p < image.getWidth() * 24; p++) {
                    int rgb = (200 << (8 * label)) + (p * 37 % 50) * 0x10101;
                    image.setRGB(p % image.getWidth(), p / image.getWidth(), rgb);
                }
                ImageIO.write(image, "png", home.resolve(i + ".png").toFile());
            }
        }
    }

    private static void writeWeights(Path file, List<String> classNames, int seed) throws IOException {
        Normalize normalize = new Normalize(List.of(0.1f, 0.2f, 0.3f), List.of(0.5f, 0.6f, 0.7f));
        ModelCard card = new ModelCard(
                "tresnet_tiny",
                classNames,
                new ImageShape(3, 16, 16),
                normalize,
                0.9,
                NormKind.INPLACE,
                Interpolation.BICUBIC);
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Module network = Networks.create("tresnet_tiny", backend, 3, classNames.size())) {
            network.initialise(seed);
            SafeTensors.write(file, StateDict.of(network), card.toMetadata());
        }
    }

    private Result train(Object... options) {
        List<Object> words = new ArrayList<>(List.of("train", "--backend", "jvm", "--threads", "1", "--out", out));
        words.addAll(Arrays.asList(options));
        return tresnet(words.toArray());
    }

    private Result transfer(Object... options) {
        List<Object> words = new ArrayList<>(List.of("--weights", weights, "--data", "folder:" + pets, "--batch", 4));
        words.addAll(Arrays.asList(options));
        return train(words.toArray());
    }

    @Test
    void theHeadIsReplacedWhatIsFrozenStaysAndEvalAgrees() {
        Result trained = transfer(
                "--num-classes",
                3,
                "--freeze",
                "body.conv1",
                "--freeze",
                "body.layer[12]",
                "--layer-decay",
                0.5,
                "--image-size",
                32,
                "--epochs",
                2,
                "--ema",
                0.9);
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("a new head head.fc for 3 classes: that of the file is for 4 classes")
                .contains("3x32x32")
                .contains("minus mean [0.1, 0.2, 0.3], over std [0.5, 0.6, 0.7]; crop 0.9, bicubic")
                .contains("freeze body.conv1 body.layer[12], layer-decay 0.5")
                .contains("parameters are frozen: body.conv1 body.layer[12]");
        Map<String, HostTensor> before = SafeTensors.read(weights).tensors();
        SafeTensors last = SafeTensors.read(out.resolve("last.safetensors"));
        last.tensors().forEach((name, tensor) -> {
            if (name.startsWith("body.conv1.") || name.startsWith("body.layer1.") || name.startsWith("body.layer2.")) {
                assertThat(tensor).as(name).isEqualTo(before.get(name));
            } else if (tensor.shape().length > 1) {
                assertThat(tensor).as(name).isNotEqualTo(before.get(name));
            }
        });
        assertThat(last.metadata()).containsEntry("train.weights", weights.toString());

        Result evaluated = tresnet(
                "eval", "--backend", "jvm", "--weights", out.resolve("best.safetensors"), "--data", "folder:" + pets);
        assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
        String measured = trained.out()
                .lines()
                .filter(line -> line.startsWith("top-1"))
                .findFirst()
                .orElseThrow();
        assertThat(evaluated.out()).contains(measured.substring(0, measured.indexOf(" on ")));

        Result resumed = train("--resume", "--data", "folder:" + pets);
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("begun with the weights of " + weights);
        assertRefused("begun with --freeze body.conv1 body.layer[12] and", "--resume", "--freeze", "head");
        assertRefused("begun with --weights " + weights + " and", "--resume", "--weights", "other");
        assertRefused("begun with --layer-decay 0.5 and", "--resume", "--layer-decay", 0.6);
    }

    @Test
    void itBeginsWithTheMovingAverageUnlessTheWeightsAreAskedFor() throws IOException {
        SafeTensors original = SafeTensors.read(weights);
        String frozen = "body.conv1.0.weight";
        Map<String, HostTensor> both = new LinkedHashMap<>();
        original.tensors().forEach((name, tensor) -> {
            both.put("state_dict." + name, tensor);
            both.put("state_dict_ema." + name, tensor);
        });
        HostTensor plain = original.tensors().get(frozen);
        float[] average = plain.floats().clone();
        average[0] += 1;
        both.put("state_dict_ema." + frozen, HostTensor.ofFloats(average, plain.shape()));
        SafeTensors.write(weights, both, original.metadata());

        assertThat(transfer("--epochs", 1, "--freeze", "body.conv1").exitCode()).isZero();
        assertThat(begunWith(frozen)[0]).isEqualTo(average[0]);

        Result withoutAverage = transfer("--epochs", 1, "--freeze", "body.conv1", "--no-ema", "--force");
        assertThat(withoutAverage.exitCode()).as(withoutAverage.err()).isZero();
        assertThat(begunWith(frozen)[0]).isEqualTo(plain.floats()[0]);
        assertThat(out.resolve("settings.yaml")).content().contains("no-ema: true");
        assertThat(train("--resume").exitCode()).isZero();
        assertThat(train("--no-ema", "--data", "folder:" + pets, "--force").err())
                .contains("--no-ema chooses between the weights in a file; name it with --weights");
    }

    private float[] begunWith(String frozen) {
        return SafeTensors.read(out.resolve("last.safetensors"))
                .tensors()
                .get(frozen)
                .floats();
    }

    private void assertRefused(String sentence, Object... options) {
        Result result = train(options);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(sentence);
        assertThat(result.err().strip().lines()).hasSize(1);
    }

    @Test
    void theHeadOfTheSameClassesIsKept() throws IOException {
        writeWeights(weights, CLASSES, 1);
        Result trained = transfer("--epochs", 1, "--lr", 1e-30, "--ema", 0);
        assertThat(trained.out()).contains("its head head.fc for the same 3 classes included");
        assertThat(SafeTensors.read(out.resolve("last.safetensors")).tensors().get("head.fc.weight"))
                .isEqualTo(SafeTensors.read(weights).tensors().get("head.fc.weight"));
    }

    /** A file without a description: the channels of its images are found as its classes are. */
    @Test
    void theChannelsOfWeightsWithoutADescriptionAreFound() {
        Path torch = directory.resolve("w.pth");
        assertThat(tresnet("convert", weights, torch).exitCode()).isZero();
        assertThat(tresnet("weights", torch).out()).contains("fits tresnet_tiny with 4 classes");
        Result classified =
                tresnet("classify", "--backend", "jvm", "--threads", 1, "--weights", torch, pets.resolve("red/0.png"));
        assertThat(classified.exitCode()).as(classified.err()).isZero();
    }

    @Test
    void whatDoesNotFitIsSaid() {
        assertRefused(
                "--num-classes is 4, but folder has 3 classes",
                "--weights",
                weights,
                "--data",
                "folder:" + pets,
                "--num-classes",
                4);
        assertRefused("takes images with 3 channels, but those of sample have 1", "--weights", weights);
        assertRefused("holds weights of tresnet_tiny, not of resnet50", "--weights", weights, "--model", "resnet50");
        assertRefused(
                "freeze layer1 matches no parameter of the network; its layers are body.conv1, body.layer1.0",
                "--weights",
                weights,
                "--data",
                "folder:" + pets,
                "--batch",
                4,
                "--freeze",
                "layer1");
        assertRefused("layer-decay must be a positive number of at most 1.0, not 1.5", "--layer-decay", 1.5);
    }

    /** All options by their names in a file; what is typed goes before it; and the file that a run leaves repeats it to the bit. */
    @Test
    void aRunIsRepeatedFromItsSettings() throws IOException {
        Path file = directory.resolve("mine.yaml");
        Files.write(
                file,
                List.of(
                        "data: \"folder:" + pets + "\"  # mine",
                        "weights: " + weights,
                        "image-size: 24",
                        "val-split: 0.25",
                        "precision: accurate",
                        "epochs: 1",
                        "batch: 4",
                        "optimizer: adamw",
                        "lr: 1e-3",
                        "freeze: body.conv1",
                        "mixup: 0.2",
                        "random-erasing: 0.25"));
        Result first = train("--recipe", file, "--random-erasing", 0.5, "--drop-path", 0.1);
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out())
                .contains("18 training and 6 test images of 3x24x24")
                .contains("accurate convolutions")
                .contains("random-erasing=0.5 mixup=0.2")
                .contains("optimizer adamw")
                .contains("drop-path 0.1");
        Path repeated = directory.resolve("repeated");
        Result second =
                tresnet("train", "--backend", "jvm", "--recipe", out.resolve("settings.yaml"), "--out", repeated);
        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(SafeTensors.read(repeated.resolve("last.safetensors")).tensors())
                .isEqualTo(SafeTensors.read(out.resolve("last.safetensors")).tensors());
        assertThat(Files.readAllLines(repeated.resolve("settings.yaml")))
                .isEqualTo(Files.readAllLines(out.resolve("settings.yaml")));

        Files.writeString(file, "mix-up: 0.2\n");
        assertRefused("mine.yaml: a training has no setting called 'mix-up'", "--recipe", file);
        Files.writeString(file, "mixup: much\n");
        assertRefused("mine.yaml: mixup must be a number, not 'much'", "--recipe", file);
        Files.writeString(file, "precision: high\n");
        assertRefused("mine.yaml: precision must be fast, accurate, mixed or bf16, not 'high'", "--recipe", file);
    }

    @Test
    void aRunGrowsWhereItsScheduleAllows() {
        assertThat(transfer("--epochs", 1, "--schedule", "constant").exitCode()).isZero();
        Result grown = train("--resume", "--epochs", 2);
        assertThat(grown.exitCode()).as(grown.err()).isZero();
        assertThat(grown.err()).contains("begun with epochs 1 and grows to 2").contains("epoch 2/2");
        assertRefused("begun with --epochs 2 and cannot be resumed with 1", "--resume", "--epochs", 1);
        assertThat(train("--force", "--data", "folder:" + pets, "--epochs", 1, "--batch", 4)
                        .exitCode())
                .isZero();
        assertRefused("begun with epochs 1 and cannot grow to 3", "--resume", "--epochs", 3);
    }
}
