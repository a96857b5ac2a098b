package dev.squall.tresnet.page;

import java.util.List;
import java.util.Locale;

/**
 * Values with their intervals as SVG, a row with a name for each. The axis shows where they are and not 0, since bars from there would hide small
 * differences. The library that draws the other charts has no rows with names.
 */
public final class DotChart {
    private static final int WIDTH = 760;
    private static final int ROW = 30;
    private static final int TOP = 40;
    private static final int BOTTOM = 56;
    /** Where the axis begins: a name takes about so much for each letter. */
    private static final double LETTER = 7.8;

    private static final int RIGHT = 24;
    private static final int MOST_TICKS = 8;
    private static final String BLUE = "#0072B2";

    private final StringBuilder svg = new StringBuilder();
    private final int bottom;
    private final double left;
    private final double least;
    private final double most;

    /** A value with its interval; one whose bounds are not finite has none. */
    public record Dot(String name, double value, double low, double high) {
        private boolean hasInterval() {
            return Double.isFinite(low) && Double.isFinite(high);
        }

        private double least() {
            return hasInterval() ? low : value;
        }

        private double most() {
            return hasInterval() ? high : value;
        }
    }

    private DotChart(List<Dot> dots, double reference) {
        bottom = TOP + ROW * dots.size();
        left = 16
                + LETTER
                        * dots.stream().mapToInt(dot -> dot.name.length()).max().orElse(0);
        double low = dots.stream().mapToDouble(Dot::least).reduce(reference, Math::min);
        double high = dots.stream().mapToDouble(Dot::most).reduce(reference, Math::max);
        double margin = high > low ? 0.05 * (high - low) : Math.max(1e-3, 0.01 * Math.abs(low));
        least = low - margin;
        most = high + margin;
    }

    /**
     * Draws them.
     *
     * @param reference what they are compared with, where a dashed line stands
     */
    public static String svg(String title, String xTitle, List<Dot> dots, double reference) {
        DotChart chart = new DotChart(dots, reference);
        chart.axis(title, xTitle);
        chart.line(reference, TOP, reference, chart.bottom, "#808080\" stroke-dasharray=\"4 4", 1);
        for (int i = 0; i < dots.size(); i++) {
            chart.row(dots.get(i), TOP + ROW * i + ROW / 2);
        }
        return String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %1$d %2$d\""
                                + " font-family=\"sans-serif\" font-size=\"13\">%n",
                        WIDTH,
                        chart.bottom + BOTTOM)
                + chart.svg + "</svg>\n";
    }

    private void row(Dot dot, int y) {
        text(left - 10, y + 5, "end", "", dot.name);
        if (dot.hasInterval()) {
            line(dot.low, y, dot.high, y, BLUE, 2);
        }
        append("<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"%s\"/>%n", x(dot.value), y, BLUE);
    }

    /** With ticks at round numbers. */
    private void axis(String title, String xTitle) {
        double middle = (left + WIDTH - RIGHT) / 2;
        text(middle, TOP - 18, "middle", " font-weight=\"bold\"", title);
        text(middle, bottom + 46, "middle", "", xTitle);
        line(least, bottom, most, bottom, "#808080", 1);
        double step = step();
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step)));
        for (double tick = Math.ceil(least / step) * step; tick <= most; tick += step) {
            line(tick, TOP, tick, bottom, "#d0d0d0", 1);
            text(x(tick), bottom + 20, "middle", "", String.format(Locale.ROOT, "%." + decimals + "f", tick));
        }
    }

    /** The smallest of 1, 2 and 5 times a power of ten that makes no more ticks than have room. */
    private double step() {
        double power = Math.pow(10, Math.floor(Math.log10((most - least) / MOST_TICKS)));
        for (double step : new double[] {power, 2 * power, 5 * power}) {
            if ((most - least) / step <= MOST_TICKS) {
                return step;
            }
        }
        return 10 * power;
    }

    private double x(double value) {
        return left + (value - least) / (most - least) * (WIDTH - RIGHT - left);
    }

    private void line(double from, int y1, double to, int y2, String stroke, int width) {
        append(
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x(from), y1, x(to), y2, stroke, width);
    }

    private void text(double x, int y, String anchor, String attributes, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
        append("<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\"%s>%s</text>%n", x, y, anchor, attributes, escaped);
    }

    private void append(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
