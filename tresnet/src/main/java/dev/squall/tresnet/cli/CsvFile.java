package dev.squall.tresnet.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A table as a file for other programs. */
final class CsvFile {
    private CsvFile() {}

    /** The text of {@code rows}, of which the first has the columns' names. */
    static String text(List<List<String>> rows) {
        StringWriter text = new StringWriter();
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
            rows.forEach(csv::writeRecord);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Writes them, as a whole. */
    static void write(Path file, List<List<String>> rows) {
        try {
            AtomicFile.write(file, text(rows).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw OutputFile.unwritable(file, e);
        }
    }
}
