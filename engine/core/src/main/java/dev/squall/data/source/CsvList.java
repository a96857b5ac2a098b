package dev.squall.data.source;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.squall.data.Dataset;
import dev.squall.data.Input;
import dev.squall.data.source.PictureDataset.Entry;
import dev.squall.data.source.PictureFiles.Lists;
import dev.squall.error.BadInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Pictures listed in a CSV file: in each row a path, relative to the file's own directory, and a label, a name or a number;
 * perhaps a third column that says {@code train} or {@code val}. A first row with the columns' names may be there.
 */
final class CsvList {
    private static final int MOST_BYTES = 256 << 20;
    private static final List<String> PATH_NAMES = List.of("path", "file", "filename", "image");
    private static final List<String> TRAIN = List.of("train", "training");
    private static final List<String> VALIDATION = List.of("val", "valid", "validation", "test");

    private CsvList() {}

    private record Row(long line, String path, String label, String split) {}

    static DataSource open(Path file, DataOptions options) {
        SkippedFiles skipped = new SkippedFiles();
        return PictureFiles.source("csv", lists(file, options, skipped, skipped), options, skipped);
    }

    /** The pictures to measure with alone; {@code skipped} is told of no others. */
    static Dataset openTest(Path file, DataOptions options, SkippedFiles skipped) {
        return PictureFiles.source("csv", lists(file, options, new SkippedFiles(), skipped), options, skipped)
                .test();
    }

    private static Lists lists(Path file, DataOptions options, SkippedFiles notLearned, SkippedFiles notMeasured) {
        List<Row> rows = rows(file);
        List<String> classNames = classNames(rows);
        if (classNames.size() < 2) {
            throw new BadInputException(
                    file + " must list pictures of two classes or more, but lists " + classNames.size());
        }
        Map<String, Integer> labels = IntStream.range(0, classNames.size())
                .boxed()
                .collect(Collectors.toMap(classNames::get, label -> label));
        List<Entry> train = new ArrayList<>();
        List<Entry> validation = new ArrayList<>();
        for (Row row : rows) {
            Entry entry = new Entry(resolved(file, row), labels.getOrDefault(row.label(), 0));
            (isValidation(file, row) ? validation : train).add(entry);
        }
        if (validation.isEmpty()) {
            return PictureFiles.split(classNames, PictureFiles.readable(file.toString(), train, notMeasured), options);
        }
        List<Entry> learned = train.isEmpty() ? train : PictureFiles.readable(file.toString(), train, notLearned);
        return new Lists(classNames, learned, PictureFiles.readable(file.toString(), validation, notMeasured));
    }

    private static List<Row> rows(Path file) {
        String text = new String(Input.file(file).bytes(MOST_BYTES), StandardCharsets.UTF_8);
        List<Row> rows = new ArrayList<>();
        try (CsvReader<CsvRecord> reader = CsvReader.builder()
                .allowExtraFields(true)
                .allowMissingFields(true)
                .ofCsvRecord(text.startsWith("\ufeff") ? text.substring(1) : text)) {
            for (CsvRecord record : reader) {
                Row row = row(file, record);
                boolean isHeader = rows.isEmpty()
                        && record.getStartingLineNumber() == 1
                        && PATH_NAMES.contains(row.path().toLowerCase(Locale.ROOT));
                if (!isHeader) {
                    rows.add(row);
                }
            }
        } catch (CsvParseException e) {
            throw new BadInputException(file + " is not a CSV file: " + e.getMessage(), e);
        } catch (java.io.IOException e) {
            throw BadInputException.unreadable(file, e);
        }
        if (rows.isEmpty()) {
            throw new BadInputException(file + " lists no pictures; write a path and a label into each row");
        }
        return rows;
    }

    private static Row row(Path file, CsvRecord record) {
        if (record.getFieldCount() < 2 || record.getFieldCount() > 3) {
            throw new BadInputException(
                    "line %d of %s has %d columns, but a path and a label were expected, and perhaps 'train' or 'val'"
                            .formatted(record.getStartingLineNumber(), file, record.getFieldCount()));
        }
        return new Row(
                record.getStartingLineNumber(),
                record.getField(0).strip(),
                record.getField(1).strip(),
                record.getFieldCount() == 3 ? record.getField(2).strip().toLowerCase(Locale.ROOT) : "");
    }

    /** In the order of numbers if all are numbers, else of names. */
    private static List<String> classNames(List<Row> rows) {
        List<String> names = rows.stream().map(Row::label).distinct().toList();
        boolean numbers = names.stream().allMatch(name -> name.matches("[0-9]{1,9}"));
        return names.stream()
                .sorted(numbers ? Comparator.comparing(Integer::valueOf) : Comparator.naturalOrder())
                .toList();
    }

    private static Path resolved(Path file, Row row) {
        try {
            return file.toAbsolutePath().resolveSibling(row.path());
        } catch (InvalidPathException e) {
            throw new BadInputException("line %d of %s names no path: '%s'".formatted(row.line(), file, row.path()), e);
        }
    }

    private static boolean isValidation(Path file, Row row) {
        if (row.split().isEmpty() || TRAIN.contains(row.split())) {
            return false;
        }
        if (VALIDATION.contains(row.split())) {
            return true;
        }
        throw new BadInputException("line %d of %s has '%s' in its third column, but 'train' or 'val' was expected"
                .formatted(row.line(), file, row.split()));
    }
}
