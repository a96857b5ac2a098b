package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.Measured;
import dev.squall.error.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        add("ctorch._utils\n_rebuild_tensor_v2\n((").addText("storage").add("ctorch\nFloatStorage\n");
        addText("0").addText("cpu").addNumber(elements).add("tQ").addNumber(0).add("(");
        for (long extent : shape) {
            addNumber(extent);
        }
        add("t(");
        for (long stride : strides) {
            addNumber(stride);
        }
        return add("t\u0089}tR");
    }

    private void assertRefused(String message, Map<String, byte[]> records) throws IOException {
        Path file = directory.resolve("w.pth");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            store(zip, "a/data.pkl", pickle.toByteArray());
            for (Map.Entry<String, byte[]> record : records.entrySet()) {
                store(zip, record.getKey(), record.getValue());
            }
        }
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
        assertRefused("more than 100000 modules", Map.of());
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
        assertRefused("without the weights of a network", Map.of());
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
