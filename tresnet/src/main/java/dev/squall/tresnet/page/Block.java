package dev.squall.tresnet.page;

import java.util.ArrayList;
import java.util.List;

/** Something in a section that is no running text. */
public sealed interface Block {
    /** A table; a row has one cell for each column, the first of which names it. */
    record Grid(String caption, List<Column> columns, List<List<String>> rows) implements Block {
        /** Without rows yet. */
        public Grid(String caption, List<Column> columns) {
            this(caption, columns, new ArrayList<>());
        }

        /** Adds a row. */
        public void row(String... cells) {
            if (cells.length != columns.size()) {
                throw new IllegalArgumentException(
                        "a row of \"" + caption + "\" needs " + columns.size() + " cells, got " + cells.length);
            }
            rows.add(List.of(cells));
        }
    }

    /** What is in a column. */
    enum Kind {
        /** Names and text. */
        TEXT,
        /** Measured or counted here. */
        NUMBER,
        /** Published elsewhere; a page must never let it pass for the other. */
        CITED
    }

    /**
     * A column of a table.
     *
     * @param note below the title, such as where cited figures are from; may be empty
     */
    record Column(String title, Kind kind, String note) {
        /** Of names or text. */
        public static Column text(String title) {
            return new Column(title, Kind.TEXT, "");
        }

        /** Of what was measured or counted here. */
        public static Column number(String title) {
            return new Column(title, Kind.NUMBER, "");
        }

        /** Of what {@code source} says. */
        public static Column cited(String title, String source) {
            return new Column(title, Kind.CITED, source);
        }
    }

    /**
     * A chart.
     *
     * @param caption below it
     * @param description what it shows, for those who cannot see it
     * @param svg its source
     */
    record Picture(String caption, String description, String svg) implements Block {}

    /** Small charts, side by side where there is room. */
    record Pictures(List<Picture> pictures) implements Block {}

    /** The figures to be seen first. */
    record Figures(List<Figure> figures) implements Block {}

    /** One figure, such as {@code top-1}, {@code 91.2 %}, {@code after epoch 12}. */
    record Figure(String name, String value, String note) {}

    /** A bar for each name, of which the longest possible stands for 1. */
    record Bars(String caption, String title, List<Bar> bars) implements Block {}

    /**
     * A bar.
     *
     * @param share from 0 to 1
     * @param text what is written beside it
     */
    record Bar(String name, double share, String text) {}

    /**
     * What was taken for what: a row for each name with how many of it were taken for which.
     *
     * @param corner says what rows and columns are
     */
    record Matrix(String caption, String corner, List<String> names, int[][] counts) implements Block {}

    /** Small images with a few words each. */
    record Gallery(String caption, List<Item> items) implements Block {}

    /**
     * An image of a gallery.
     *
     * @param png its file
     * @param description what it shows, for those who cannot see it
     * @param lines below it, the first of which is its title
     */
    record Item(byte[] png, String description, List<String> lines) {}

    /** What a user may copy into a shell. */
    record Code(String caption, String text) implements Block {}
}
