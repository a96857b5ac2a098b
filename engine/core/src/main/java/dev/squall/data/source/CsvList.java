package dev.squall.data.source;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.squall.data.Dataset;
import dev.squall.data.Input;
import dev.squall.data.source.PictureDataset.Entry;
import dev.squall.data.source.PictureFiles.Lists;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pictures listed in a CSV file: in each row a path, relative to the file's own directory, and a label, a name or a number;
 * perhaps a third column that says {@code train} or {@code val}. A first row with the columns' names may be there; if it names a path and a
 * label, their columns may be any, and others are left alone. Columns are parted by commas, or by semicolons or tabs where the first row has no comma.
 */
final class CsvList {
    private static final int MOST_BYTES = 256 << 20;
    private static final List<String> PATH_NAMES = List.of(
            "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img", "picture");
    private static final List<String> LABEL_NAMES =
            List.of("label", "class", "class_name", "category", "target", "name");
    private static final List<String> SPLIT_NAMES = List.of("split", "set", "subset", "partition");

    private CsvList() {}

    private record Row(long line, String path, String label, String split) {}

    static DataSource open(Path file, DataOptions options) {
        SkippedFiles skipped = new SkippedFiles();
        Lists lists = lists(file, options, skipped, skipped);
        DataSource source = PictureFiles.source("csv", lists, options, skipped);
        PictureFiles.requireEachLearned(file, source);
        return source;
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
            Entry entry = new Entry(resolved(file, row.path(), row.line()), labels.getOrDefault(row.label(), 0));
            (isValidation(file, row) ? validation : train).add(entry);
        }
        if (validation.isEmpty()) {
            return PictureFiles.split(classNames, PictureFiles.readable(file.toString(), train, notMeasured), options);
        }
        List<Entry> learned = train.isEmpty() ? train : PictureFiles.readable(file.toString(), train, notLearned);
        return new Lists(classNames, learned, PictureFiles.readable(file.toString(), validation, notMeasured));
    }

    /** Which columns hold what; {@code split} is -1 where there is none. */
    private record Columns(int path, int label, int split, boolean isNamed) {
        static final Columns USUAL = new Columns(0, 1, 2, false);

        /** As a first row names them; null if it is none of names. */
        static @Nullable Columns of(Path file, CsvRecord first) {
            List<String> names = first.getFields().stream()
                    .map(field -> field.strip().toLowerCase(Locale.ROOT))
                    .toList();
            int path = first(names, PATH_NAMES);
            int label = first(names, LABEL_NAMES);
            if (path >= 0 && label >= 0) {
                return new Columns(path, label, first(names, SPLIT_NAMES), true);
            }
            // Under names that nobody expects: a picture's file has an ending, and exists.
            boolean isPicture = path != 0
                    && (names.getFirst().contains(".")
                            || Files.exists(resolved(file, first.getField(0).strip(), 1)));
            return isPicture ? null : USUAL;
        }

        private static int first(List<String> names, List<String> wanted) {
            return names.stream()
                    .filter(wanted::contains)
                    .findFirst()
                    .map(names::indexOf)
                    .orElse(-1);
        }
    }

    private static List<Row> rows(Path file) {
        String text = new String(Input.file(file).bytes(MOST_BYTES), StandardCharsets.UTF_8);
        List<Row> rows = new ArrayList<>();
        try (CsvReader<CsvRecord> reader = CsvReader.builder()
                .allowExtraFields(true)
                .allowMissingFields(true)
                .fieldSeparator(separator(text))
                .ofCsvRecord(text.startsWith("\ufeff") ? text.substring(1) : text)) {
            Columns columns = null;
            for (CsvRecord record : reader) {
                if (columns == null) {
                    Columns named = record.getStartingLineNumber() == 1 ? Columns.of(file, record) : null;
                    columns = named == null ? Columns.USUAL : named;
                    if (named != null) {
                        continue;
                    }
                }
                rows.add(row(file, record, columns));
            }
        } catch (CsvParseException e) {
            throw new BadInputException(file + " is not a CSV file: " + e.getMessage(), e);
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        }
        if (rows.isEmpty()) {
            throw new BadInputException(file + " lists no pictures; write a path and a label into each row");
        }
        return rows;
    }

    /** What parts the columns of the first row. */
    private static String separator(String text) {
        String first = text.lines().findFirst().orElse("");
        return Stream.of(",", "\t", ";").filter(first::contains).findFirst().orElse(",");
    }

    private static Row row(Path file, CsvRecord record, Columns columns) {
        int count = record.getFieldCount();
        if (count <= Math.max(columns.path(), columns.label()) || !columns.isNamed() && count > 3) {
            throw new BadInputException(
                    "line %d of %s has %s, but a path and a label were expected, and perhaps 'train' or 'val', with commas between them"
                            .formatted(record.getStartingLineNumber(), file, Plural.of(count, "column")));
        }
        boolean hasSplit = columns.split() >= 0 && columns.split() < count;
        return new Row(
                record.getStartingLineNumber(),
                record.getField(columns.path()).strip(),
                record.getField(columns.label()).strip(),
                hasSplit ? record.getField(columns.split()).strip().toLowerCase(Locale.ROOT) : "");
    }

    /** In the order of numbers if all are numbers, else of names. */
    private static List<String> classNames(List<Row> rows) {
        List<String> names = rows.stream().map(Row::label).distinct().toList();
        boolean numbers = names.stream().allMatch(name -> name.matches("[0-9]{1,9}"));
        return names.stream()
                .sorted(numbers ? Comparator.comparing(Integer::valueOf) : Comparator.naturalOrder())
                .toList();
    }

    private static Path resolved(Path file, String path, long line) {
        try {
            return file.toAbsolutePath().resolveSibling(path);
        } catch (InvalidPathException e) {
            throw new BadInputException("line %d of %s names no path: '%s'".formatted(line, file, path), e);
        }
    }

    private static boolean isValidation(Path file, Row row) {
        Part part = row.split().isEmpty() ? Part.TRAINING : Part.of(row.split());
        if (part == null) {
            throw new BadInputException("line %d of %s has '%s' where 'train' or 'val' was expected"
                    .formatted(row.line(), file, row.split()));
        }
        return part == Part.VALIDATION;
    }
}
