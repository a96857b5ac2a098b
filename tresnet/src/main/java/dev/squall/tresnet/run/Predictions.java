package dev.squall.tresnet.run;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.squall.data.Batch;
import dev.squall.data.Dataset;
import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;

/** What a network took each image of a test set for, in the order of the set. */
public final class Predictions {
    private static final List<String> HEADER =
            List.of("image", "label", "prediction", "probability", "label_probability");

    private final Dataset images;
    private final List<String> classNames;
    private final List<Prediction> predictions = new ArrayList<>();

    /** None yet, of {@code images}, whose classes are called {@code classNames}. */
    public Predictions(Dataset images, List<String> classNames) {
        this.images = images;
        this.classNames = List.copyOf(classNames);
    }

    /**
     * Takes in one batch.
     *
     * @param logits {@code [N, classes]}, row-major
     */
    public void add(Batch batch, float[] logits) {
        int classes = classNames.size();
        for (int n = 0; n < batch.size(); n++) {
            int first = n * classes;
            int most = first;
            for (int i = first; i < first + classes; i++) {
                if (logits[i] > logits[most]) {
                    most = i;
                }
            }
            double sum = 0;
            for (int i = first; i < first + classes; i++) {
                sum += Math.exp((double) logits[i] - logits[most]);
            }
            int label = batch.labels()[n];
            predictions.add(new Prediction(
                    batch.indices()[n],
                    images.imageName(batch.indices()[n]),
                    classNames.get(label),
                    classNames.get(most - first),
                    (float) (1 / sum),
                    (float) (Math.exp((double) logits[first + label] - logits[most]) / sum)));
        }
    }

    /** All of them. */
    public List<Prediction> list() {
        return Collections.unmodifiableList(predictions);
    }

    /** Replaces {@code file} with a row for each image. */
    public void write(Path file) throws IOException {
        StringWriter text = new StringWriter();
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
            csv.writeRecord(HEADER);
            for (Prediction each : predictions) {
                csv.writeRecord(
                        each.image(),
                        each.label(),
                        each.prediction(),
                        Float.toString(each.probability()),
                        Float.toString(each.labelProbability()));
            }
        }
        AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Those that {@link #write}, or {@code tresnet eval --predictions}, has written.
     *
     * @throws BadInputException if the file cannot be read, or is no such table
     */
    public static List<Prediction> read(Path file) {
        try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
            List<Prediction> predictions = new ArrayList<>();
            for (NamedCsvRecord row : csv) {
                predictions.add(new Prediction(
                        predictions.size(),
                        row.getField("image"),
                        row.getField("label"),
                        row.getField("prediction"),
                        Float.parseFloat(row.getField("probability")),
                        Float.parseFloat(row.getField("label_probability"))));
            }
            if (predictions.isEmpty()) {
                throw new NoSuchElementException("it lists no image");
            }
            return predictions;
        } catch (IOException e) {
            throw BadInputException.unreadable(file.toString(), e);
        } catch (NoSuchElementException | IllegalArgumentException | CsvParseException e) {
            throw new BadInputException(
                    file + " is no table of predictions, with the columns " + String.join(", ", HEADER) + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
