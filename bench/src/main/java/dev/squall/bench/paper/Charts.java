package dev.squall.bench.paper;

import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;

/** Pictures as SVG. */
final class Charts {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 460;
    private static final int MARKER = 11;
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    /** Okabe and Ito's colours, which people with any kind of colour vision tell apart. */
    private static final Color[] COLOURS = {
        new Color(0x0072B2),
        new Color(0xD55E00),
        new Color(0x009E73),
        new Color(0xCC79A7),
        new Color(0xE69F00),
        new Color(0x56B4E9),
        new Color(0x000000),
        new Color(0x999933)
    };

    private Charts() {}

    /** A named point. */
    record Point(String name, double x, double y) {}

    /** A bar with its interval. */
    record Bar(String name, double value, double low, double high) {}

    /** One point for each name. */
    static String scatter(String title, String xTitle, String yTitle, List<Point> points) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        XYStyler styler = chart.getStyler();
        common(styler);
        styler.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        styler.setMarkerSize(MARKER);
        // Below, the names of eight networks would not fit in one line.
        styler.setLegendPosition(LegendPosition.OutsideE);
        styler.setLegendLayout(Styler.LegendLayout.Vertical);
        styler.setYAxisMin(0d);
        styler.setXAxisMin(leastOf(points));
        for (Point point : points) {
            chart.addSeries(point.name, new double[] {point.x}, new double[] {point.y});
        }
        return svg(chart);
    }

    /** An axis of percents does not begin at 0, where nothing is. */
    private static double leastOf(List<Point> points) {
        double least = points.stream().mapToDouble(Point::x).min().orElse(0);
        double most = points.stream().mapToDouble(Point::x).max().orElse(0);
        return least > most / 2 ? Math.floor(least - 0.5) : 0;
    }

    /** Bars with their intervals. */
    static String bars(String title, String yTitle, List<Bar> bars) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(yTitle)
                .build();
        CategoryStyler styler = chart.getStyler();
        common(styler);
        styler.setLegendVisible(false);
        styler.setXAxisLabelRotation(35);
        styler.setYAxisMin(0d);
        chart.addSeries(
                yTitle,
                bars.stream().map(Bar::name).toList(),
                bars.stream().map(Bar::value).toList(),
                bars.stream()
                        .map(bar -> Math.max(bar.high - bar.value, bar.value - bar.low))
                        .toList());
        return svg(chart);
    }

    /** Lines of values by position, such as bytes by layer. */
    static String lines(String title, String xTitle, String yTitle, List<String> names, List<double[]> values) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        common(chart.getStyler());
        chart.getStyler().setMarkerSize(0);
        chart.getStyler().setYAxisMin(0d);
        for (int i = 0; i < names.size(); i++) {
            double[] x = new double[values.get(i).length];
            for (int k = 0; k < x.length; k++) {
                x[k] = k + 1.0;
            }
            chart.addSeries(names.get(i), x, values.get(i));
        }
        return svg(chart);
    }

    private static void common(Styler styler) {
        styler.setSeriesColors(COLOURS);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setLegendPosition(LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setBaseFont(FONT);
        styler.setLegendBorderColor(Color.WHITE);
    }

    private static String svg(Chart<?, ?> chart) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
