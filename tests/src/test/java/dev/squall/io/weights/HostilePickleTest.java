package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.Measured;
import dev.squall.error.BadInputException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of at most a megabyte that stand for more than a machine has: each is refused in two seconds and 512 MB. */
@Tag("fast")
@Timeout(60)
class HostilePickleTest {
    private static final String LIST = "cbuiltins\nlist\nq\1";

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

    private HostilePickleTest add(String opcodes) {
        pickle.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    private HostilePickleTest addNumber(long value) {
        add("\u008a\u0008");
        pickle.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    /** Names of {@code letters} letters. */
    private HostilePickleTest addText(String text) {
        add("\u008c" + (char) text.length() + text);
        return this;
    }

    private HostilePickleTest addTensor(long elements, long[] shape, long[] strides) {
        return addTensor("0", elements, shape, strides);
    }

    private HostilePickleTest addTensor(String record, long elements, long[] shape, long[] strides) {
        add("ctorch._utils\n_rebuild_tensor_v2\n((").addText("storage").add("ctorch\nFloatStorage\n");
        addText(record)
                .addText("cpu")
                .addNumber(elements)
                .add("tQ")
                .addNumber(0)
                .add("(");
        for (long extent : shape) {
            addNumber(extent);
        }
        add("t(");
        for (long stride : strides) {
            addNumber(stride);
        }
        return add("t\u0089}tR");
    }

    private Path write(Map<String, byte[]> records) throws IOException {
        Path file = directory.resolve("w.pth");
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            store(zip, "a/data.pkl", pickle.toByteArray());
            for (Map.Entry<String, byte[]> record : records.entrySet()) {
                store(zip, record.getKey(), record.getValue());
            }
        }
        return file;
    }

    private void assertRefused(String message, Map<String, byte[]> records) throws IOException {
        Path file = write(records);
        assertThat(Files.size(file)).isLessThan(1 << 20);
        Measured measured = new Measured();
        assertThatThrownBy(() -> WeightsFile.read(file, true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(3000));
        measured.assertLittle();
    }

    private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
    }

    @Test
    void listsThatAreCopiedAgainAndAgain() throws IOException {
        add("](" + "N".repeat(300_000) + "eq\0")
                .add(LIST)
                .add("h\1h\0\u0085R".repeat(100_000))
                .add(".");
        assertRefused("copies lists again and again", Map.of());
    }

    @Test
    void modulesThatHoldEachOtherTwice() throws IOException {
        add("cx\nM\nq\u00fa0h\u00fa)R}").addText("_modules").add("}sbq\0");
        for (char level = 0; level < 60; level++) {
            add("h\u00fa)R}")
                    .addText("_modules")
                    .add("}(")
                    .addText("a")
                    .add("h" + level)
                    .addText("b");
            add("h" + level + "usbq" + (char) (level + 1));
        }
        add(".");
        assertRefused("holds others again and again", Map.of());
    }

    @Test
    void manyViewsOfOneNumber() throws IOException {
        add("}(");
        for (int i = 0; i < 500; i++) {
            addText("w" + i).addTensor(1, new long[] {16_000_000}, new long[] {0});
        }
        add("u.");
        assertRefused("much larger than the file", Map.of("a/data/0", new byte[4]));
    }

    @Test
    void aTensorOfThousandsOfDimensions() throws IOException {
        long[] ones = new long[40_000];
        Arrays.fill(ones, 1);
        add("}(").addText("w").addTensor(1, ones, ones).add("u.");
        assertRefused("no shape where a tensor needs one", Map.of("a/data/0", new byte[4]));
    }

    @Test
    void namesOfHalfAMegabyte() throws IOException {
        add("c" + "a".repeat(450_000) + "\n" + "b".repeat(450_000) + "\n)R.");
        assertRefused("names a class by 450000 letters: aaa", Map.of());
    }

    @Test
    void aClassOfALongNameThatIsCalledAgainAndAgain() throws IOException {
        add("c" + "a".repeat(500_000) + "\nb\nq\0").add("h\0)R".repeat(100_000)).add(".");
        assertRefused("names a class by 500000 letters", Map.of());
    }

    /** A name that is a tensor's own for each way to its module takes memory that the file does not. */
    @Test
    void aModuleOfManyTensorsInManyPlaces() throws IOException {
        add("cx\nM\nq\u00fa0").addTensor(1, new long[] {1}, new long[] {1});
        add("q\u00fb0h\u00fa)R}")
                .addText("_modules")
                .add("}s")
                .addText("_parameters")
                .add("}(");
        for (int i = 0; i < 5_000; i++) {
            addText("parameter" + i).add("h\u00fb");
        }
        add("usbq\0");
        add("h\u00fa)R}").addText("_modules").add("}(");
        for (int i = 0; i < 10_000; i++) {
            addText("module" + i).add("h\0");
        }
        add("usb.");
        assertRefused("holds others again and again", Map.of("a/data/0", new byte[4]));
    }

    @Test
    void fewerStridesThanExtents() throws IOException {
        add("}(").addText("w").addTensor(4, new long[] {2, 2}, new long[] {2}).add("u.");
        assertRefused("w: a tensor of [2, 2] has strides [2]", Map.of("a/data/0", new byte[16]));
    }

    /** As text it would be endless. */
    @Test
    void aStorageCalledByAListThatHoldsItself() throws IOException {
        add("(").addText("storage").add("ctorch\nFloatStorage\n");
        add("]q\0](h\0ea").addText("cpu").addNumber(1).add("tQ.");
        assertRefused("no name where a storage needs one", Map.of());
    }

    @Test
    void manyBuffersOfWhichNoneIsToBeKept() throws IOException {
        int buffers = 60_000;
        add("cx\nM\n)R}(").addText("_modules").add("}").addText("_buffers").add("}(");
        addText("kept").addTensor(1, new long[] {1}, new long[] {1}).add("q\0");
        for (int i = 0; i < buffers; i++) {
            addText("b" + i).add("h\0");
        }
        add("u").addText("_non_persistent_buffers_set").add("](");
        for (int i = buffers - 1; i >= 0; i--) {
            addText("b" + i);
        }
        add("eub.");
        Path file = write(Map.of("a/data/0", new byte[4]));
        Measured measured = new Measured();
        assertThat(WeightsFile.read(file, true).tensors()).containsOnlyKeys("kept");
        measured.assertLittle();
    }

    @Test
    void manyRecords() throws IOException {
        int records = 30_000;
        Map<String, byte[]> zipped = new LinkedHashMap<>();
        add("}(");
        for (int i = 0; i < records; i++) {
            addText("w" + i).addTensor(String.valueOf(i), 1, new long[] {}, new long[] {});
            zipped.put("a/data/" + i, new byte[4]);
        }
        add("u.");
        Path file = write(zipped);
        Measured measured = new Measured();
        assertThat(WeightsFile.read(file, true).tensors()).hasSize(records);
        measured.assertLittle();
    }

    /** A few letters of a file must not move the cursor of a terminal. */
    @Test
    void namesThatATerminalWouldObey() throws IOException {
        add("c\u001b[2J\nx\n)R.");
        assertRefused("it holds ?[2J.x", Map.of());
    }

    @Test
    void piecesWithinPiecesAreReadOnce() throws IOException {
        String inner = "](" + "N".repeat(400_000) + "e.";
        pickle.writeBytes(new byte[] {'B'});
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(inner.length())
                .array());
        add(inner + "q\0ctorch.storage\n_load_from_bytes\nq\1")
                .add("h\1h\0\u0085R".repeat(60_000))
                .add(".");
        assertRefused("without the weights of a network", Map.of());
    }
}
