package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.torch.TorchWriter;
import dev.squall.io.weights.WeightsFile;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import dev.squall.tresnet.Naming;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Weights;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands {@code weights}, {@code convert} and {@code export}, and what {@code classify} makes of weights from elsewhere. */
class WeightsCommandsTest {
    @TempDir
    private Path directory;

    private Path official;
    private Path picture;
    private Map<String, HostTensor> state;

    @BeforeEach
    void writeWeights() throws IOException {
        official = directory.resolve("official.safetensors");
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Module network = Networks.create("tresnet_tiny", backend, 1, 10, NormKind.INPLACE)) {
            network.initialise(5);
            state = StateDict.of(network);
        }
        SafeTensors.write(official, state, Map.of());
        picture = directory.resolve("picture.png");
        BufferedImage image = new BufferedImage(30, 30, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(9, 9, 0, 200);
        ImageIO.write(image, "png", picture.toFile());
    }

    @Test
    void aFileSaysWhatItHoldsAndWhatItFits() {
        Result result = tresnet("weights", official);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("head.fc.weight  F32[10, ")
                .contains("fits tresnet_tiny with 10 classes, under official names");
        assertThat(tresnet("weights", "--json", official).out())
                .contains("\"format\" : \"safetensors\"", "\"network\" : \"tresnet_tiny\"");
        Result other = tresnet("weights", Path.of("src/test/resources/pth/plain.pth"));
        assertThat(other.out())
                .contains("conv.weight  F32[8, 3, 3, 3]")
                .contains("nearest: ")
                .doesNotContain("\nfits ");
    }

    /** As distillation stores them, beside a teacher or alone; no list has all such names. */
    @Test
    void aPrefixThatNobodyKnowsIsLeftOut() throws IOException {
        Path student = directory.resolve("student.safetensors");
        Map<String, HostTensor> prefixed = new LinkedHashMap<>();
        state.forEach((name, tensor) -> prefixed.put("student.arm2." + name, tensor));
        SafeTensors.write(student, prefixed, Map.of());

        assertThat(tresnet("weights", student).out())
                .contains("note: left out student.arm2. before all names", "fits tresnet_tiny with 10 classes");
        assertThat(classify(student).out()).isEqualTo(classify(official).out());

        state.forEach((name, tensor) -> prefixed.put("teacher." + name, tensor));
        SafeTensors.write(student, prefixed, Map.of());
        Result several =
                tresnet("classify", "--backend", "reference", "--model", "tresnet_tiny", "--weights", student, picture);
        assertThat(several.exitCode()).isEqualTo(2);
        assertThat(several.err()).contains("several times, with '").contains("teacher.'");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    @CsvSource({"a.safetensors, timm", "a.bin, official"})
    void convertedWeightsClassifyAlikeOnDemand(String name, String names) {
        convertedWeightsClassifyAlike(name, names);
    }

    @ParameterizedTest
    @CsvSource({"a.pth, keep", "a.pt, timm"})
    void convertedWeightsClassifyAlike(String name, String names) {
        Path converted = directory.resolve(name);
        Result result = tresnet("convert", "--names", names, official, converted);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("tensors");

        Result before = classify(official);
        Result after = classify(converted);
        assertThat(after.exitCode()).as(after.err()).isZero();
        assertThat(after.out()).isEqualTo(before.out());

        Result again = tresnet("convert", official, converted);
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("exists already");
    }

    @Test
    void theMovingAverageClassifiesUnlessTheWeightsAreAskedFor() throws IOException {
        Map<String, HostTensor> both = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            both.put("state_dict." + name, tensor);
            both.put("state_dict_ema." + name, tensor);
        });
        float[] bias = state.get("head.fc.bias").floats();
        for (int i = 0; i < bias.length; i++) {
            bias[i] += i;
        }
        both.put("state_dict_ema.head.fc.bias", HostTensor.ofFloats(bias, bias.length));
        Path file = directory.resolve("both.safetensors");
        SafeTensors.write(file, both, Map.of());

        Result average = classify(file);
        assertThat(average.err()).contains("a moving average");
        assertThat(average.out()).isNotEqualTo(classify(official).out());
        Result weights =
                tresnet("classify", "--backend", "jvm", "--threads", "1", "--no-ema", "--weights", file, picture);
        assertThat(weights.exitCode()).as(weights.err()).isZero();
        assertThat(weights.out()).isEqualTo(classify(official).out());
    }

    private Result classify(Path weights) {
        return tresnet("classify", "--backend", "jvm", "--threads", "1", "--weights", weights, picture);
    }

    @Test
    void weightsWithoutAModelAreRecognisedAndItIsSaid() throws IOException {
        Path wrapped = directory.resolve("wrapped.pth");
        Map<String, HostTensor> prefixed = new LinkedHashMap<>();
        state.forEach((name, tensor) -> prefixed.put("module._orig_mod." + name, tensor));
        TorchWriter.write(wrapped, prefixed);
        Result result = classify(wrapped);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("module._orig_mod.").contains("weights of tresnet_tiny");
    }

    /** Other norms, folded ones, other names, in files of every kind and in several: always the same answer. */
    @ParameterizedTest
    @CsvSource({
        "batchnorm, timm, a.pth",
        "folded, timm, a.safetensors",
        "keep, keep, a.safetensors",
    })
    void otherNormsAnswerAlikeAndComeBack(String norm, String names, String name) throws IOException {
        randomiseScales();
        Path converted = directory.resolve(name);
        Result result = tresnet(
                "convert",
                "--norm",
                norm,
                "--names",
                names,
                "--shard-size",
                "700KB",
                official,
                directory.resolve(name));
        if (name.endsWith(".pth")) {
            assertThat(result.exitCode()).isEqualTo(2);
            assertThat(result.err()).contains("--shard-size divides safetensors");
            result = tresnet("convert", "--norm", norm, "--names", names, official, converted);
        } else {
            assertThat(converted).doesNotExist();
            converted = directory.resolve(name + ".index.json");
            assertThat(Files.list(directory).filter(file -> file.toString().contains("-of-00")))
                    .hasSizeGreaterThan(2)
                    .allMatch(file -> file.toFile().length() < 750 << 10);
            Result again = tresnet(
                    "convert",
                    "--norm",
                    norm,
                    "--names",
                    names,
                    "--shard-size",
                    "700KB",
                    official,
                    directory.resolve(name));
            assertThat(again.exitCode()).isEqualTo(2);
            assertThat(again.err()).contains("exists already");
        }
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(probabilities(converted)).containsExactly(probabilities(official), within(1e-6));
        if (norm.equals("folded")) {
            assertThat(tresnet("weights", converted).out())
                    .contains("fits tresnet_tiny with 10 classes")
                    .contains("norms folded into the convolutions")
                    .doesNotContain("running_mean");
            Result back = tresnet("convert", "--norm", "inplace", converted, directory.resolve("back.safetensors"));
            assertThat(back.exitCode()).isEqualTo(2);
            Result trained = tresnet("train", "--weights", converted, "--out", directory.resolve("run"));
            assertThat(trained.exitCode()).isEqualTo(2);
            assertThat(trained.err()).contains("norms");
        } else {
            Path back = directory.resolve("back.safetensors");
            Result returned = tresnet("convert", "--norm", "inplace", "--names", "official", converted, back);
            assertThat(returned.exitCode()).as(returned.err()).isZero();
            Map<String, HostTensor> tensors = SafeTensors.read(back).tensors();
            state.forEach((key, tensor) -> {
                float[] expected = tensor.floats();
                for (int i = 0; i < expected.length && key.endsWith(".1.weight"); i++) {
                    // The sign of a scale has no meaning for an Inplace-ABN, and does not come back.
                    expected[i] = norm.equals("keep") && names.equals("keep") ? expected[i] : Math.abs(expected[i]);
                }
                assertThat(tensors.get(key).floats()).as(key).containsExactly(expected, within(1e-6f));
            });
            assertThat(probabilities(back)).containsExactly(probabilities(official), within(1e-6));
        }
    }

    /** The others, {@code -Dtests.long=true}. */
    @ParameterizedTest
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    @CsvSource({"batchnorm, keep, a.safetensors", "folded, keep, a.pth", "keep, timm, a.safetensors"})
    void otherNormsAnswerAlikeOnDemand(String norm, String names, String name) throws IOException {
        otherNormsAnswerAlikeAndComeBack(norm, names, name);
    }

    private void randomiseScales() throws IOException {
        state.replaceAll((key, tensor) -> {
            float[] values = tensor.floats();
            if (key.contains("running_") || key.endsWith(".1.weight")) {
                for (int i = 0; i < values.length; i++) {
                    boolean negative = key.endsWith(".1.weight") && i % 3 == 0;
                    values[i] = (negative ? -1 : 1) * (0.5f + i * 37 % 50 / 50f);
                }
            }
            return tensor.type() == ElementType.F32 ? HostTensor.ofFloats(values, tensor.shape()) : tensor;
        });
        SafeTensors.write(official, state, Map.of());
    }

    private double[] probabilities(Path weights) {
        Result result = tresnet(
                "classify", "--backend", "jvm", "--threads", 1, "--json", "--top", 10, "--weights", weights, picture);
        assertThat(result.exitCode()).as(result.err()).isZero();
        double[] probabilities = new double[10];
        for (JsonNode guess : new JsonMapper().readTree(result.out()).get(0).get("classes")) {
            probabilities[Integer.parseInt(guess.get("name").stringValue().substring("class ".length()))] =
                    guess.get("probability").doubleValue();
        }
        return probabilities;
    }

    @Test
    void aNegativeScaleMakesTheNormABatchNorm() throws IOException {
        Map<String, HostTensor> timm;
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Module network = Networks.create("tresnet_tiny", backend, 1, 10, NormKind.INPLACE)) {
            StateDict.load(network, state, "test");
            timm = Weights.stored(network, Naming.TIMM);
        }
        String name = timm.keySet().stream()
                .filter(key -> key.endsWith(".bn.weight"))
                .findFirst()
                .orElseThrow();
        float[] scales = timm.get(name).floats();
        scales[0] = -1;
        timm.put(name, HostTensor.ofFloats(scales, scales.length));
        Path negative = directory.resolve("negative.safetensors");
        SafeTensors.write(negative, timm, Map.of());
        Result result =
                tresnet("classify", "--backend", "jvm", "--model", "tresnet_tiny", "--weights", negative, picture);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("batch norm in place of Inplace-ABN");
    }

    @Test
    void aNetworkIsExported() throws IOException {
        Path onnx = directory.resolve("network.onnx");
        Result result = tresnet("export", "--weights", official, "--out", onnx);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(Files.size(onnx)).isGreaterThan(100_000);
        assertThat(tresnet("export", "--weights", official, "--out", onnx).exitCode())
                .isEqualTo(2);

        Path torch = directory.resolve("network.pth");
        assertThat(tresnet("export", "--weights", official, "--out", torch).exitCode())
                .isZero();
        assertThat(WeightsFile.read(torch, true).tensors().keySet()).anyMatch(key -> key.endsWith(".bn.weight"));

        Path named = directory.resolve("checkpoint.tar");
        assertThat(tresnet("export", "--weights", official, "--format", "torch", "--out", named)
                        .exitCode())
                .isZero();
        assertThat(named).hasSameBinaryContentAs(torch);
        Result other = tresnet("export", "--weights", official, "--format", "torch", "--force", "--out", onnx);
        assertThat(other.exitCode()).isEqualTo(2);
        assertThat(other.err()).contains("is called as a file of the format onnx, not torch");
        Result unknown = tresnet("export", "--weights", official, "--out", directory.resolve("network.tflite"));
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains(".onnx");
    }
}
