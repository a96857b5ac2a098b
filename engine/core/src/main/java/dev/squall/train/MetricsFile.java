package dev.squall.train;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A table of metrics with a row for each epoch. */
final class MetricsFile {
    private static final List<String> HEADER = List.of(
            "epoch", "learning_rate", "train_loss", "train_accuracy", "loss", "top1", "images_per_second", "seconds");

    private final Path file;

    MetricsFile(Path file) {
        this.file = file;
    }

    /** Appends a row, and a header before the first; the row is on its way to the disk on return. */
    void append(EpochMetrics metrics) throws IOException {
        boolean empty = !Files.exists(file) || Files.size(file) == 0;
        try (CsvWriter csv = CsvWriter.builder().build(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            if (empty) {
                csv.writeRecord(HEADER);
            }
            csv.writeRecord(
                    Integer.toString(metrics.epoch()),
                    Float.toString(metrics.learningRate()),
                    Double.toString(metrics.trainLoss()),
                    Double.toString(metrics.trainAccuracy()),
                    Double.toString(metrics.loss()),
                    Double.toString(metrics.top1()),
                    Double.toString(metrics.imagesPerSecond()),
                    Double.toString(metrics.seconds()));
        }
    }

    /** Keeps the header and {@code epochs} rows: what came after the checkpoint that a run goes on from will come again. */
    void truncate(int epochs) throws IOException {
        if (!Files.exists(file)) {
            throw new BadInputException(file + " is missing; restore it or start the run anew");
        }
        StringWriter kept = new StringWriter();
        try (CsvReader<CsvRecord> reader = CsvReader.builder().ofCsvRecord(file);
                CsvWriter csv = CsvWriter.builder().build(kept)) {
            reader.stream().limit(1L + epochs).forEach(row -> csv.writeRecord(row.getFields()));
        }
        AtomicFile.write(file, out -> {
            ByteBuffer bytes = ByteBuffer.wrap(kept.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        });
    }
}
