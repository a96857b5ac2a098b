package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.error.BadInputException;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class StateDictTest {
    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    private Module network(int classes, long seed) {
        return NetworkExamples.small(backend, NormKind.INPLACE, classes).initialise(seed);
    }

    @Test
    void comesBackFromAFileBitForBit(@TempDir Path directory) throws IOException {
        Module original = network(3, 1);
        original.counters().get("1.1.num_batches_tracked").set(7);
        Map<String, HostTensor> state = StateDict.of(original);
        SafeTensors.write(directory.resolve("w.safetensors"), state, Map.of());
        Module other = network(3, 2);
        StateDict.load(
                other, SafeTensors.read(directory.resolve("w.safetensors")).tensors(), "w.safetensors");
        assertThat(StateDict.of(other)).isEqualTo(state);
        assertThat(other.counters().get("1.1.num_batches_tracked").get()).isEqualTo(7);
    }

    @Test
    void anotherShapeIsRefusedByNameAndNothingIsLoaded() {
        Module other = network(3, 2);
        Map<String, HostTensor> before = StateDict.of(other);
        assertThatThrownBy(() -> StateDict.load(other, StateDict.of(network(5, 1)), "file w"))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "file w does not fit the network: 6.weight is [5, 6] instead of [3, 6], 6.bias is [5] instead of [3]");
        assertThat(StateDict.of(other)).isEqualTo(before);
    }

    @Test
    void missingAndUnexpectedNamesAreRefused() {
        Map<String, HostTensor> state = StateDict.of(network(3, 1));
        HostTensor bias = state.remove("6.bias");
        assertThatThrownBy(() -> StateDict.load(network(3, 1), state, "w")).hasMessageContaining("6.bias is missing");
        state.put("6.bias", bias);
        for (int i = 0; i < 5; i++) {
            state.put("extra" + i, bias);
        }
        assertThatThrownBy(() -> StateDict.load(network(3, 1), state, "w"))
                .hasMessageContaining("extra2 is not expected and 2 more");
    }

    @Test
    void countersMayBeMissing() {
        Module network = network(3, 1);
        network.counters().get("1.1.num_batches_tracked").set(7);
        Map<String, HostTensor> state = StateDict.of(network);
        state.keySet().removeAll(network.counters().keySet());
        StateDict.load(network, state, "w");
        assertThat(network.counters().get("1.1.num_batches_tracked").get()).isZero();
    }

    /** Files whose whole state was cast to one type, or cut down, are found in the world. */
    @ParameterizedTest
    @CsvSource({"F16", "BF16", "F32", "F64", "I32", "U64"})
    void countersMayHaveAnyType(ElementType type, @TempDir Path directory) throws IOException {
        Module network = network(3, 1);
        StateDict.load(network, withCounters(directory, type, "[]", 7), "w");
        assertThat(network.counters().values()).allMatch(counter -> counter.get() == 7);
    }

    @Test
    void emptyCountersAndThoseThatAreNoNumbersAreZero(@TempDir Path directory) throws IOException {
        Module network = network(3, 1);
        network.counters().values().forEach(counter -> counter.set(5));
        StateDict.load(network, withCounters(directory, ElementType.I64, "[0]", 0), "w");
        assertThat(network.counters().values()).allMatch(counter -> counter.get() == 0);
        network.counters().values().forEach(counter -> counter.set(5));
        StateDict.load(network, withCounters(directory, ElementType.F16, "[]", Double.POSITIVE_INFINITY), "w");
        assertThat(network.counters().values()).allMatch(counter -> counter.get() == 0);
    }

    /** The state of a network with each counter stored as a tensor of {@code type} that holds {@code value}. */
    private Map<String, HostTensor> withCounters(Path directory, ElementType type, String shape, double value)
            throws IOException {
        Module network = network(3, 1);
        Map<String, HostTensor> state = StateDict.of(network);
        HostTensor counter = stored(directory, type, shape, value);
        network.counters().keySet().forEach(name -> state.put(name, counter));
        return state;
    }

    /** The only tensor of a file, written byte by byte. */
    private static HostTensor stored(Path directory, ElementType type, String shape, double value) throws IOException {
        int bytes = shape.equals("[]") ? type.bytes() : 0;
        byte[] header = "{\"c\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[0,%d]}}"
                .formatted(type, shape, bytes)
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header);
        if (bytes > 0) {
            switch (type) {
                case F16 -> file.putShort(Float.floatToFloat16((float) value));
                case BF16 -> file.putShort((short) (Float.floatToIntBits((float) value) >>> 16));
                case F32 -> file.putFloat((float) value);
                case F64 -> file.putDouble(value);
                case I32 -> file.putInt((int) value);
                default -> file.putLong((long) value);
            }
        }
        Path path = directory.resolve("c.safetensors");
        Files.write(path, file.array());
        return SafeTensors.read(path).tensors().get("c");
    }
}
