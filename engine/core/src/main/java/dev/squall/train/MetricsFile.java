package dev.squall.train;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A table of metrics with a row for each epoch. The run's own record of them is in its checkpoint; this one is for people and programs. */
final class MetricsFile {
    private static final List<String> HEADER = List.of(
            "epoch", "learning_rate", "train_loss", "train_accuracy", "loss", "top1", "images_per_second", "seconds");

    private final Path file;

    MetricsFile(Path file) {
        this.file = file;
    }

    /** Replaces the file with a header and a row for each epoch. */
    void write(List<EpochMetrics> epochs) throws IOException {
        StringWriter text = new StringWriter();
        try (CsvWriter csv = CsvWriter.builder().build(text)) {
            csv.writeRecord(HEADER);
            for (EpochMetrics metrics : epochs) {
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
        AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
