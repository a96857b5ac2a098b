package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.error.BadInputException;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.torch.TorchWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsFileTest {
    private static final Path FILES = Path.of("src/test/resources/pth");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "plain, expected",
        "legacy, expected",
        "ddp_wrapped, expected",
        "half, expected",
        "channels_last, expected_after_step",
        "training_checkpoint, expected_after_step",
        "malicious_reduce, expected_after_step"
    })
    void aCheckpointOfPyTorchGivesItsTensors(String name, String expected) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>(
                SafeTensors.read(FILES.resolve(expected + ".safetensors")).tensors());
        tensors.keySet().removeIf(key -> key.startsWith("__"));

        Map<String, HostTensor> read = read(name).tensors();

        assertThat(read.keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        tensors.forEach((key, tensor) -> {
            assertThat(read.get(key).shape()).isEqualTo(tensor.shape());
            if (name.equals("half")) {
                float[] floats = tensor.floats();
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = tensor.type() == ElementType.F32
                            ? Float.float16ToFloat(Float.floatToFloat16(floats[i]))
                            : floats[i];
                }
                assertThat(read.get(key).floats()).as(key).isEqualTo(floats);
            } else {
                assertThat(read.get(key)).as(key).isEqualTo(tensor);
            }
        });
    }

    @Test
    void whatWasLookedThroughIsSaid() {
        assertThat(read("ddp_wrapped").notes()).anyMatch(note -> note.contains("module."));
        assertThat(read("training_checkpoint").notes())
                .anyMatch(note -> note.contains("'state_dict'"))
                .anyMatch(note -> note.contains("argparse.Namespace"));
        assertThat(read("plain").notes()).isEmpty();
    }

    @Test
    void nothingIsRun() throws IOException {
        Files.deleteIfExists(Path.of("/tmp/pwned"));
        assertThat(read("malicious_reduce").notes()).anyMatch(note -> note.contains("ran nothing of it: "));
        assertThat(Path.of("/tmp/pwned")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void viewsOfOneStorageAreReadInEveryProtocol(int protocol) {
        Map<String, HostTensor> tensors = read("views_protocol" + protocol).tensors();
        assertThat(tensors.get("whole")).isEqualTo(HostTensor.ofFloats(new float[] {0, 1, 2, 3, 4, 5}, 2, 3));
        assertThat(tensors.get("transposed")).isEqualTo(HostTensor.ofFloats(new float[] {0, 3, 1, 4, 2, 5}, 3, 2));
        assertThat(tensors.get("column")).isEqualTo(HostTensor.ofFloats(new float[] {1, 4}, 2));
        assertThat(tensors.get("expanded")).isEqualTo(HostTensor.ofFloats(new float[] {4, 4, 4, 4}, 2, 2));
        assertThat(tensors.get("parameter")).isEqualTo(HostTensor.ofFloats(new float[] {3, 4, 5}, 3));
        assertThat(tensors.get("scalar")).isEqualTo(HostTensor.ofFloats(new float[] {5}));
        assertThat(tensors.get("subclass")).isEqualTo(HostTensor.ofFloats(new float[] {0, 1}, 2));
    }

    @Test
    void otherWaysToStore() {
        Map<String, HostTensor> big = read("big_endian").tensors();
        assertThat(big.get("count")).isEqualTo(HostTensor.ofLongs(new long[] {3, -4}, 2));
        assertThat(big.get("half").floats()).containsExactly(0.5f);
        assertThat(read("typed_tensors").tensors().get("x")).isEqualTo(HostTensor.ofFloats(new float[] {1.5f, -2}, 2));
        WeightsFile dumped = WeightsFile.read(FILES.resolve("pickle_dump.pkl"), true);
        assertThat(dumped.tensors().get("0.weight").shape()).containsExactly(4, 3, 3, 3);
        assertThat(dumped.tensors().get("1.running_var")).isEqualTo(HostTensor.ofFloats(new float[] {1, 1, 1, 1}, 4));
        assertThat(read("whole_module").tensors().keySet()).containsExactly("mean", "conv.weight");
        assertThat(read("whole_module").notes()).anyMatch(note -> note.contains("resnet.ResNet"));
    }

    /** Numbers that no network of ours has do not keep the others from being read. */
    @ParameterizedTest
    @ValueSource(strings = {"complex", "complex_legacy", "negated"})
    void tensorsThatCannotBeReadAreLeftOutAndNamed(String name) {
        WeightsFile read = read(name);
        assertThat(read.tensors()).isEqualTo(Map.of("fc.bias", HostTensor.ofFloats(new float[] {1, 2}, 2)));
        assertThat(read.notes())
                .anyMatch(note -> note.contains(name.equals("negated") ? "negated or conjugated" : "x (torch.Complex"));
    }

    @Test
    void theMovingAverageIsTakenUnlessTheWeightsAreWanted() {
        WeightsFile average = read("average");
        assertThat(average.tensors().get("fc").floats()).containsExactly(9, 9);
        assertThat(average.notes()).anyMatch(note -> note.contains("moving average"));
        WeightsFile weights = WeightsFile.read(FILES.resolve("average.pth"), false);
        assertThat(weights.tensors().get("fc").floats()).containsExactly(1, 1);
    }

    @ParameterizedTest
    @CsvSource({
        "truncated, is a damaged or incomplete zip archive",
        "not_a_checkpoint, is a damaged or incomplete zip archive",
        "cycle, without the weights of a network",
        "outside, needs element 6 of a storage of 6",
        "huge, larger than can be read",
        "short_record, are not all there",
        "script, is a program of TorchScript; save what state_dict() of it gives",
        "complex_only, holds only tensors of types that cannot be read"
    })
    void whatCannotBeReadIsSaid(String name, String sentence) {
        assertThatThrownBy(() -> read(name))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_orig_mod.",
                "model.",
                "model.module.",
                "ema.",
                "state_dict.",
                "module._orig_mod.",
                "_forward_module.",
                "base_model.",
                "weights.",
                "net."
            })
    void prefixesOfSafetensorsAreLookedThrough(String prefix) throws IOException {
        HostTensor tensor = HostTensor.ofFloats(new float[] {1}, 1);
        Path file = directory.resolve("w.safetensors");
        SafeTensors.write(
                file,
                Map.of(prefix + "body.conv1.weight", tensor, prefix + "head.fc.bias", tensor, "optimizer.step", tensor),
                Map.of());
        WeightsFile read = WeightsFile.read(file, true);
        assertThat(read.tensors().keySet()).containsExactlyInAnyOrder("body.conv1.weight", "head.fc.bias");
        assertThat(read.notes()).anyMatch(note -> note.contains(prefix));
    }

    /** Parts of a network that were compiled, or shared out among machines, alone. */
    @Test
    void wrappersAmidNamesAreLeftOut() throws IOException {
        HostTensor tensor = HostTensor.ofFloats(new float[] {1}, 1);
        Path file = directory.resolve("w.safetensors");
        SafeTensors.write(
                file,
                Map.of("body._orig_mod.conv1.weight", tensor, "head._fsdp_wrapped_module.fc.bias", tensor),
                Map.of());
        WeightsFile read = WeightsFile.read(file, true);
        assertThat(read.tensors().keySet()).containsExactlyInAnyOrder("body.conv1.weight", "head.fc.bias");
        assertThat(read.notes()).containsExactly("left _fsdp_wrapped_module and _orig_mod out of names");
    }

    @Test
    void namesThatOnlyBeginLikeAWrapperStay() throws IOException {
        HostTensor tensor = HostTensor.ofFloats(new float[] {1}, 1);
        Path file = directory.resolve("w.safetensors");
        SafeTensors.write(file, Map.of("backbone.conv.weight", tensor, "head.weight", tensor), Map.of());
        assertThat(WeightsFile.read(file, true).tensors().keySet())
                .containsExactlyInAnyOrder("backbone.conv.weight", "head.weight");
    }

    @Test
    void severalFilesAreOneModel() throws IOException {
        HostTensor a = HostTensor.ofFloats(new float[] {1}, 1);
        HostTensor b = HostTensor.ofFloats(new float[] {2}, 1);
        SafeTensors.write(directory.resolve("model-00001-of-00002.safetensors"), Map.of("a", a), Map.of());
        SafeTensors.write(directory.resolve("model-00002-of-00002.safetensors"), Map.of("b", b), Map.of());
        Path index = directory.resolve("model.safetensors.index.json");
        String text = """
                {"metadata": {"total_size": 8},
                 "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "%s"}}""";
        Files.writeString(index, text.formatted("model-00002-of-00002.safetensors"));
        assertThat(WeightsFile.read(index, true).tensors()).isEqualTo(Map.of("a", a, "b", b));

        for (Map.Entry<String, String> fault : Map.of(
                        "model-00001-of-00002.safetensors", "lacks the tensor b",
                        "missing.safetensors", "there is no file",
                        "../w.safetensors", "no file beside it",
                        "/etc/passwd", "no file beside it")
                .entrySet()) {
            Files.writeString(index, text.formatted(fault.getKey()));
            assertThatThrownBy(() -> WeightsFile.read(index, true))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(fault.getValue());
        }
        Files.writeString(index, "{\"weights\": 3}");
        assertThatThrownBy(() -> WeightsFile.read(index, true)).hasMessageContaining("no index of weights");
    }

    /** Whatever happens to the bytes of a checkpoint, it is read or refused in a sentence, soon and without much memory. */
    @Test
    void whatIsWrittenForPyTorchIsReadAgain() throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("conv.weight", HostTensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2, 1, 1));
        tensors.put("count", HostTensor.ofLongs(new long[] {1L << 40}));
        tensors.put("none", HostTensor.ofFloats(new float[0], 0, 4));
        Path file = directory.resolve("w.pth");
        TorchWriter.write(file, tensors);
        byte[] first = Files.readAllBytes(file);
        TorchWriter.write(file, tensors);

        assertThat(WeightsFile.read(file, true).tensors()).isEqualTo(tensors);
        assertThat(Files.readAllBytes(file))
                .as("equal tensors give equal bytes")
                .isEqualTo(first);
    }

    private static WeightsFile read(String name) {
        return WeightsFile.read(FILES.resolve(name + ".pth"), true);
    }

    @Test
    void aFileWithoutTensorsIsNamed() throws IOException {
        Path file = directory.resolve("empty.pth");
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> WeightsFile.read(file, true)).hasMessageContaining("is empty");
    }
}
