package dev.squall.tresnet.run;

import dev.squall.train.EpochMetrics;
import dev.squall.tresnet.run.tensorboard.Event;
import dev.squall.tresnet.run.tensorboard.Summary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A file of events for TensorBoard, which grows while a run goes on: {@code tensorboard --logdir runs} shows it beside those of other runs.
 *
 * <p>It is a TFRecord file, <pre>
 * length: 8 bytes | masked CRC of the length: 4 | data: length bytes | masked CRC of the data: 4
 * </pre>
 * for each event, all little-endian; the CRC is CRC-32C, masked as {@code rotateRight(crc, 15) + 0xa282ead8} (TensorFlow,
 * {@code core/lib/io/record_writer.h} and {@code core/lib/hash/crc32c.h}).
 */
final class EventFile {
    private static final String PREFIX = "events.out.tfevents.";
    private static final String SUFFIX = ".squall";
    private static final String VERSION = "brain.Event:2";
    private static final int MASK = 0xa282ead8;
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final Path file;
    private final double began;
    private int epochs;

    /**
     * Begins a file in {@code directory} in place of those that an earlier part of the run has left there; those of other runs stay.
     *
     * @param run the directory of the run
     * @param secondsSoFar since the run began, earlier parts included
     */
    EventFile(Path directory, Path run, double secondsSoFar) throws IOException {
        double now = System.currentTimeMillis() * 1e-3;
        began = now - secondsSoFar;
        String suffix = "."
                + HexFormat.of().toHexDigits(run.toAbsolutePath().normalize().hashCode()) + SUFFIX;
        Files.createDirectories(directory);
        try (DirectoryStream<Path> before = Files.newDirectoryStream(directory, PREFIX + "*" + suffix)) {
            for (Path each : before) {
                Files.delete(each);
            }
        }
        file = directory.resolve(PREFIX + (long) now + suffix);
        append(Event.newBuilder().setWallTime(now).setFileVersion(VERSION).build());
    }

    /** Appends the epochs that it does not have yet. */
    void write(List<EpochMetrics> all) throws IOException {
        for (EpochMetrics epoch : all.subList(Math.min(epochs, all.size()), all.size())) {
            append(event(epoch));
            epochs++;
        }
    }

    private Event event(EpochMetrics epoch) {
        Summary summary = Summary.newBuilder()
                .addValue(scalar("loss/training", epoch.trainLoss()))
                .addValue(scalar("loss/test", epoch.loss()))
                .addValue(scalar("accuracy/training", epoch.trainAccuracy()))
                .addValue(scalar("accuracy/test", epoch.top1()))
                .addValue(scalar("learning_rate", epoch.learningRate()))
                .addValue(scalar("images_per_second", epoch.imagesPerSecond()))
                .build();
        return Event.newBuilder()
                .setWallTime(began + epoch.seconds())
                .setStep(epoch.epoch())
                .setSummary(summary)
                .build();
    }

    private static Summary.Value scalar(String tag, double value) {
        return Summary.Value.newBuilder()
                .setTag(tag)
                .setSimpleValue((float) value)
                .build();
    }

    private void append(Event event) throws IOException {
        byte[] data = event.toByteArray();
        ByteBuffer record =
                ByteBuffer.allocate(HEADER + data.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(masked(record.array(), 0, Long.BYTES));
        record.put(data);
        record.putInt(masked(data, 0, data.length));
        record.flip();
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            while (record.hasRemaining()) {
                out.write(record);
            }
        }
    }

    private static int masked(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }
}
