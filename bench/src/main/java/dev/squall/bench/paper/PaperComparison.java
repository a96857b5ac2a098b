package dev.squall.bench.paper;

import dev.squall.bench.paper.Results.Timing;
import dev.squall.error.Plural;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Two runs beside each other: whether a machine, a backend or a commit became faster. Since many rows are looked at, chance would make some of them look different; so a
 * difference only counts if it passes Holm's correction for their number.
 */
final class PaperComparison {
    private PaperComparison() {}

    /** A row that both runs timed. */
    private record Row(String key, double ratio, double probability) {}

    /** The table for people. */
    static String of(Results before, Results after) {
        List<Row> rows = rows(before, after);
        List<Row> ascending = rows.stream()
                .sorted(Comparator.comparingDouble(Row::probability))
                .toList();
        List<Row> significant = new ArrayList<>();
        for (Row row : ascending) {
            if (row.probability >= Statistics.SIGNIFICANCE / (rows.size() - significant.size())) {
                break;
            }
            significant.add(row);
        }
        StringBuilder text = new StringBuilder("old: " + line(before) + "\nnew: " + line(after) + "\n\n");
        if (!before.settings().equals(after.settings())) {
            text.append("The settings differ, so the rows may not be of the same work: ")
                    .append(before.settings())
                    .append(" and ")
                    .append(after.settings())
                    .append("\n\n");
        }
        text.append(Numbers.format("%-52s %12s %12s %8s %8s  %s%n", "", "old ms", "new ms", "speed", "p", "verdict"));
        for (Row row : rows) {
            text.append(Numbers.format(
                    "%-52s %12.3f %12.3f %7.2fx %8.1e  %s%n",
                    row.key,
                    milliseconds(before, row.key),
                    milliseconds(after, row.key),
                    row.ratio,
                    row.probability,
                    significant.contains(row) ? (row.ratio > 1 ? "faster" : "slower") : "no significant difference"));
        }
        int smallest = rows.stream()
                .mapToInt(row -> Math.min(before.rounds(row.key), after.rounds(row.key)))
                .min()
                .orElse(0);
        text.append(Numbers.format(
                "%n%s, at least %s each; p by Mann and Whitney, significant at %.2f after Holm's correction.%n",
                Plural.of(rows.size(), "row"), Plural.of(smallest, "round"), Statistics.SIGNIFICANCE));
        return text.toString();
    }

    private static List<Row> rows(Results before, Results after) {
        List<Row> rows = new ArrayList<>();
        before.timings().forEach((key, old) -> {
            Timing now = after.timings().get(key);
            if (now != null && old.amount() == now.amount()) {
                rows.add(new Row(
                        key,
                        Statistics.median(old.samples()) / Statistics.median(now.samples()),
                        Statistics.probabilityOfEqualTimes(old.samples(), now.samples())));
            }
        });
        return rows;
    }

    private static double milliseconds(Results results, String key) {
        return 1e3 * Statistics.median(results.timing(key).samples());
    }

    private static String line(Results results) {
        return results.machine().text() + "; " + results.machine().backend() + "; begun " + results.started();
    }
}
