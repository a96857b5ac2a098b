package dev.squall.tresnet.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A table as a file for other programs. */
final class CsvFile {
    private CsvFile() {}

    /**
     * Refuses, before the work begins, a file that could not be written when it is done.
     *
     * @throws BadInputException if the file exists and is not to be replaced, or its directory is none that can be written
     */
    static void requireWritable(Path file, boolean force) {
        WeightsWriter.requireFree(file, force);
        if (AtomicFile.isStream(file)) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a directory, not a file");
        }
        if (directory == null || !Files.isDirectory(directory)) {
            throw new BadInputException("there is no directory " + directory + " for " + file.getFileName());
        }
        if (!Files.isWritable(directory)) {
            throw new BadInputException("the directory " + directory + " cannot be written");
        }
    }

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
            throw WeightsWriter.unwritable(file, e);
        }
    }
}
