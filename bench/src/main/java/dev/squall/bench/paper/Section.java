package dev.squall.bench.paper;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the report, independent of how it is written.
 *
 * @param id for links
 * @param title its heading
 * @param paragraphs plain text, before the tables
 * @param grids its tables
 * @param pictures its charts
 */
record Section(String id, String title, List<String> paragraphs, List<Grid> grids, List<Picture> pictures) {
    /** Whose figures a column holds; a report must never let one pass for the other. */
    enum Source {
        /** Names and text. */
        TEXT,
        /** Measured or counted here. */
        OURS,
        /** Published in the paper, on its GPU. */
        PAPER
    }

    record Column(String title, Source source) {
        static Column text(String title) {
            return new Column(title, Source.TEXT);
        }

        static Column ours(String title) {
            return new Column(title, Source.OURS);
        }

        static Column paper(String title) {
            return new Column(title, Source.PAPER);
        }
    }

    /** A table; a row has one cell for each column, the first of which names it. */
    record Grid(String caption, List<Column> columns, List<List<String>> rows) {
        Grid(String caption, List<Column> columns) {
            this(caption, columns, new ArrayList<>());
        }

        void row(String... cells) {
            if (cells.length != columns.size()) {
                throw new IllegalArgumentException(
                        "a row of \"" + caption + "\" needs " + columns.size() + " cells, got " + cells.length);
            }
            rows.add(List.of(cells));
        }
    }

    /**
     * A chart.
     *
     * @param caption below it
     * @param description what it shows, for those who cannot see it
     * @param svg its source
     */
    record Picture(String caption, String description, String svg) {}

    /** A cell without a value. */
    static final String NONE = "–";
}
