package dev.squall.tresnet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.train.EpochMetrics;
import dev.squall.tresnet.run.tensorboard.Event;
import dev.squall.tresnet.run.tensorboard.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TensorBoard's files: read back by another reader of the format, and by TensorBoard itself where Python has it. */
class EventFileTest {
    @TempDir
    private Path directory;

    private static List<EpochMetrics> epochs(int count) {
        return RunPageTest.run("a", 3, 0.8, Map.of()).epochs().subList(0, count);
    }

    private Path onlyFile(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void eachEpochIsAnEventThatIsAppended() throws IOException {
        EventFile events = new EventFile(directory, directory, 10);
        events.write(epochs(1));
        assertThat(read(onlyFile(directory))).hasSize(2);
        events.write(epochs(3));
        List<Event> read = read(onlyFile(directory));
        assertThat(read).hasSize(4);
        assertThat(read.getFirst().getFileVersion()).isEqualTo("brain.Event:2");
        assertThat(read).extracting(Event::getStep).containsExactly(0L, 1L, 2L, 3L);
        assertThat(read.get(3).getWallTime() - read.get(1).getWallTime()).isCloseTo(20, within(1e-3));
        assertThat(read.get(2).getSummary().getValueList())
                .extracting(Summary.Value::getTag)
                .containsExactly(
                        "loss/training",
                        "loss/test",
                        "accuracy/training",
                        "accuracy/test",
                        "learning_rate",
                        "images_per_second");
        assertThat(read.get(2).getSummary().getValue(1).getSimpleValue()).isEqualTo(0.75f);
    }

    @Test
    void aResumedRunReplacesItsOwnFileAndNoOther() throws IOException {
        new EventFile(directory, directory.resolve("one"), 10).write(epochs(2));
        new EventFile(directory, directory.resolve("other"), 10).write(epochs(1));
        new EventFile(directory, directory.resolve("one"), 30).write(epochs(3));
        List<Integer> events = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> events.add(read(file).size()));
        }
        assertThat(events).containsExactlyInAnyOrder(4, 2);
    }

    /** Reads as TFRecord says, with a CRC-32C bit by bit. */
    private static List<Event> read(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            List<Event> events = new ArrayList<>();
            while (bytes.hasRemaining()) {
                byte[] length = new byte[Long.BYTES];
                bytes.get(bytes.position(), length);
                byte[] data = new byte[Math.toIntExact(bytes.getLong())];
                assertThat(bytes.getInt()).isEqualTo(masked(length));
                bytes.get(data);
                assertThat(bytes.getInt()).isEqualTo(masked(data));
                events.add(Event.parseFrom(data));
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int masked(byte[] bytes) {
        int crc = -1;
        for (byte each : bytes) {
            crc ^= each & 255;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    @Test
    void tensorBoardReadsIt() throws IOException, InterruptedException {
        String python = System.getProperty("tensorboard.python", "python3");
        assumeTrue(run(python, "import tensorboard").equals("0"), "no Python with TensorBoard on this machine");
        new EventFile(directory, directory, 10).write(epochs(3));
        String said = run(
                python,
                "import sys\nfrom tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
                        + "a = EventAccumulator('" + directory + "')\na.Reload()\n"
                        + "assert [(e.step, e.value) for e in a.Scalars('loss/test')] == [(1, 1.5), (2, 0.75), (3, 0.5)]\n"
                        + "assert len(a.Tags()['scalars']) == 6");
        assertThat(said).isEqualTo("0");
    }

    private String run(String python, String program) throws IOException, InterruptedException {
        Path log = Files.createTempFile("tensorboard", ".log");
        try {
            Process process = new ProcessBuilder(python, "-c", program)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue() == 0 ? "0" : Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        } finally {
            Files.delete(log);
        }
    }
}
