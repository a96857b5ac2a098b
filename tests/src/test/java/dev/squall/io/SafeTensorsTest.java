package dev.squall.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class SafeTensorsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatIsWrittenIsReadBackBitForBit(int seed) throws IOException {
        Map<String, HostTensor> state = randomState(seed);
        Path file = directory.resolve("state.safetensors");

        SafeTensors.write(file, state, Map.of("model", "tresnet \"tiny\" \u00e9"));
        SafeTensors read = SafeTensors.read(file);

        assertThat(read.tensors()).isEqualTo(state);
        assertThat(read.metadata()).isEqualTo(Map.of("model", "tresnet \"tiny\" \u00e9"));
    }

    @Test
    void nansAndNegativeZeroKeepTheirBits() throws IOException {
        float[] values = {-0f, Float.intBitsToFloat(0x7fc12345), Float.NEGATIVE_INFINITY, Float.MIN_VALUE};
        Path file = directory.resolve("bits.safetensors");
        SafeTensors.write(file, Map.of("bits", HostTensor.ofFloats(values, 4)), Map.of());

        float[] read = SafeTensors.read(file).tensors().get("bits").floats();

        for (int i = 0; i < values.length; i++) {
            assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(Float.floatToRawIntBits(values[i]));
        }
    }

    @Test
    void equalMapsGiveEqualBytesAndEveryTensorIsAligned() throws IOException {
        Map<String, HostTensor> state = new LinkedHashMap<>();
        state.put("odd", HostTensor.ofFloats(new float[3], 3));
        state.put("steps", HostTensor.ofLongs(new long[] {7}));
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        SafeTensors.write(first, state, Map.of("k", "v"));
        SafeTensors.write(second, state, Map.of("k", "v"));

        byte[] bytes = Files.readAllBytes(first);
        int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();

        assertThat(Files.readAllBytes(second)).isEqualTo(bytes);
        assertThat(header % 8).isZero();
        assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(8 + header))
                .isEqualTo(7);
    }

    @Test
    void aFileIsReplacedWhileItsTensorsAreInUse() throws IOException {
        Path file = directory.resolve("last.safetensors");
        SafeTensors.write(file, Map.of("x", HostTensor.ofFloats(new float[] {1}, 1)), Map.of());
        SafeTensors old = SafeTensors.read(file);

        SafeTensors.write(file, Map.of("x", HostTensor.ofFloats(new float[] {2}, 1)), Map.of());

        assertThat(old.tensors().get("x").floats()).containsExactly(1f);
        assertThat(SafeTensors.read(file).tensors().get("x").floats()).containsExactly(2f);
    }

    @Test
    void otherTypesAreConverted() throws IOException {
        byte[] data = new byte[24];
        ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putDouble(0.1).putInt(-5).putShort((short) 0x3e00).putShort((short) 0xc000);
        buffer.putShort((short) 0x3fc0)
                .putShort((short) 0xffff)
                .put((byte) 200)
                .put((byte) -56)
                .put((byte) 1);
        Path file = write("""
                {"f64":{"dtype":"F64","shape":[],"data_offsets":[0,8]},
                 "i32":{"dtype":"I32","shape":[1],"data_offsets":[8,12]},
                 "f16":{"dtype":"F16","shape":[2,1],"data_offsets":[12,16]},
                 "bf16":{"dtype":"BF16","shape":[1],"data_offsets":[16,18]},
                 "u16":{"dtype":"U16","shape":[1],"data_offsets":[18,20]},
                 "u8":{"dtype":"U8","shape":[1],"data_offsets":[20,21]},
                 "i8":{"dtype":"I8","shape":[1],"data_offsets":[21,22]},
                 "bool":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]},
                 "none":{"dtype":"F32","shape":[0,3],"data_offsets":[24,24]}}""", data);

        Map<String, HostTensor> tensors = SafeTensors.read(file).tensors();

        assertThat(tensors.keySet()).containsExactly("f64", "i32", "f16", "bf16", "u16", "u8", "i8", "bool", "none");
        assertThat(tensors.get("f64").floats()).containsExactly(0.1f);
        assertThat(tensors.get("i32").longs()).containsExactly(-5);
        assertThat(tensors.get("f16").floats()).containsExactly(1.5f, -2f);
        assertThat(tensors.get("bf16").floats()).containsExactly(1.5f);
        assertThat(tensors.get("u16").floats()).containsExactly(65535f);
        assertThat(tensors.get("u8").longs()).containsExactly(200);
        assertThat(tensors.get("i8").longs()).containsExactly(-56);
        assertThat(tensors.get("bool").longs()).containsExactly(1, 0);
        assertThat(tensors.get("none").floats()).isEmpty();
        assertThatThrownBy(() -> tensors.get("f16").longs()).isInstanceOf(IllegalStateException.class);
    }

    /** Each header stands before eight bytes of data. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}   | no valid JSON
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}x | no valid JSON
            []                                                      | no JSON object
            {"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}  | 'F33'
            {"a":{"shape":[2],"data_offsets":[0,8]}}                | dtype of 'a'
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}  | F32[3], but takes 8 bytes
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}} | shape of 'a'
            {"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}    | shape of 'a'
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}  | data_offsets of 'a'
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}    | data_offsets of 'a'
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} | truncated
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  | end at byte 4
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}  | begins at byte 4
            {"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}} | takes 8 bytes
            {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | begins at byte 4
            {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | uplicate
            {"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | must hold texts
            {"__metadata__":3,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}       | must be a JSON object
            """)
    void aWrongHeaderIsRefused(String header, String complaint) throws IOException {
        Path file = write(header, new byte[8]);

        assertThatThrownBy(() -> SafeTensors.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + " is not a correct safetensors file: ")
                .hasMessageContaining(complaint);
    }

    @Test
    void whatIsQuotedOfAFileIsShort() throws IOException {
        String name = "n".repeat(40_000);
        String many = "1,".repeat(999) + "1";
        String few = "999999999,".repeat(63) + "1";
        for (String header : List.of(
                "{\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}".formatted(name),
                "{\"%s\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,8]}}".formatted(name, name),
                "{\"__metadata__\":{\"%s\":1}}".formatted(name),
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,8]}}".formatted(many),
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,8]}}".formatted(few),
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%s]}}".formatted(few))) {
            Path file = write(header, new byte[8]);
            assertThatThrownBy(() -> SafeTensors.read(file))
                    .isInstanceOf(BadInputException.class)
                    .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(500));
        }
    }

    @Test
    void aShapeOfMoreThan64DimensionsIsRefused() throws IOException {
        Path file = write(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[%s2],\"data_offsets\":[0,8]}}".formatted("1,".repeat(64)),
                new byte[8]);
        assertThatThrownBy(() -> SafeTensors.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the shape of 'a' has more than 64 numbers");
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        Path whole = directory.resolve("whole");
        SafeTensors.write(whole, Map.of("a", HostTensor.ofFloats(new float[5], 5)), Map.of());
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = directory.resolve("cut");
        for (int length = 0; length < bytes.length; length++) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> SafeTensors.read(cut))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(cut.toString());
        }
    }

    @Test
    void anAbsurdHeaderLengthIsRefused() throws IOException {
        Path file = directory.resolve("absurd");
        for (long length : new long[] {-1, Long.MAX_VALUE, 0, 1, 200_000_000}) {
            Files.write(
                    file,
                    ByteBuffer.allocate(64)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(length)
                            .array());
            assertThatThrownBy(() -> SafeTensors.read(file))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("header");
        }
    }

    @Test
    void aMissingFileAndADirectoryAreRefused() {
        assertThatThrownBy(() -> SafeTensors.read(directory.resolve("none")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("there is no file " + directory.resolve("none"));
        assertThatThrownBy(() -> SafeTensors.read(directory))
                .isInstanceOf(BadInputException.class)
                .hasMessage(directory + " is a directory; name a file in it");
    }

    private Path write(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(json.length).put(json).put(data);
        return Files.write(directory.resolve("file.safetensors"), buffer.array());
    }

    private static Map<String, HostTensor> randomState(int seed) {
        RandomGenerator random = new MersenneTwister(seed);
        Map<String, HostTensor> state = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            int rows = random.nextInt(6);
            int columns = random.nextInt(5);
            float[] values = new float[rows * columns];
            for (int k = 0; k < values.length; k++) {
                values[k] = (float) random.nextGaussian();
            }
            state.put("layer." + i + ".weight", HostTensor.ofFloats(values, rows, columns));
            state.put("layer." + i + ".steps", HostTensor.ofLongs(new long[] {random.nextLong()}));
        }
        return state;
    }
}
