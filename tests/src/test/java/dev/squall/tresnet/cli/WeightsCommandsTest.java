package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({"a.pth, keep", "a.safetensors, timm", "a.pt, timm", "a.bin, official"})
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

        Result unknown = tresnet("export", "--weights", official, "--out", directory.resolve("network.tflite"));
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains(".onnx");
    }
}
