package dev.squall.train;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;

/** A table of metrics with a row for each epoch. The run's own record of them is in its checkpoint; this one is for people and programs. */
public final class MetricsFile {
    private static final List<String> HEADER = List.of(
            "epoch", "learning_rate", "train_loss", "train_accuracy", "loss", "top1", "images_per_second", "seconds");

    private final Path file;

    /** In this file, which need not exist yet. */
    public MetricsFile(Path file) {
        this.file = file;
    }

    /**
     * The rows of the file, of a run that has finished an epoch.
     *
     * @throws BadInputException if it cannot be read, or is no such table
     */
    public List<EpochMetrics> read() {
        try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
            List<EpochMetrics> epochs = csv.stream()
                    .map(row -> new EpochMetrics(
                            Integer.parseInt(row.getField("epoch")),
                            Float.parseFloat(row.getField("learning_rate")),
                            Double.parseDouble(row.getField("train_loss")),
                            Double.parseDouble(row.getField("train_accuracy")),
                            Double.parseDouble(row.getField("loss")),
                            Double.parseDouble(row.getField("top1")),
                            Double.parseDouble(row.getField("images_per_second")),
                            Double.parseDouble(row.getField("seconds"))))
                    .toList();
            if (epochs.isEmpty()) {
                throw new NoSuchElementException("it lists no epoch");
            }
            return epochs;
        } catch (IOException e) {
            throw BadInputException.unreadable(file.toString(), e);
        } catch (NoSuchElementException | IllegalArgumentException | CsvParseException e) {
            throw new BadInputException(
                    file + " is no table of a run's epochs, with the columns " + String.join(", ", HEADER) + ": "
                            + e.getMessage(),
                    e);
        }
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
