package dev.squall.tresnet.page;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Pictures as SVG. */
public final class Charts {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 460;
    private static final int SMALL_WIDTH = 460;
    private static final int SMALL_HEIGHT = 300;
    private static final int MARKER = 11;
    private static final BasicStroke LINE = new BasicStroke(2f);
    private static final BasicStroke DASHED =
            new BasicStroke(1f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {4, 4}, 0f);
    /** The page shows through, light or dark. */
    private static final Color NOTHING = new Color(255, 255, 255, 0);

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
    public record Point(String name, double x, double y) {}

    /** One point for each name. */
    public static String scatter(String title, String xTitle, String yTitle, List<Point> points) {
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

    /** Lines of values by position, such as bytes by layer. */
    public static String lines(String title, String xTitle, String yTitle, List<String> names, List<double[]> values) {
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
            chart.addSeries(names.get(i), fromOne(values.get(i).length), values.get(i));
        }
        return svg(chart);
    }

    /**
     * Some quantities over the epochs of a training, as a small chart.
     *
     * @param curves by name; NaN where there is no value
     */
    public static String curves(String title, String xTitle, double[] x, Map<String, double[]> curves) {
        XYChart chart = small(title, xTitle);
        chart.getStyler().setLegendVisible(curves.size() > 1);
        chart.getStyler().setMarkerSize(x.length == 1 ? MARKER : 0);
        if (x.length == 1) {
            // The axis would end at the middle of the markers.
            chart.getStyler().setPlotContentSize(0.8);
        }
        curves.forEach((name, y) -> chart.addSeries(name, x, y).setLineStyle(LINE));
        return svg(chart);
    }

    /** Several lines of different lengths in one chart, such as the accuracy of several runs. */
    public static String together(String title, String xTitle, Map<String, double[]> curves) {
        XYChart chart = small(title, xTitle);
        chart.getStyler().setMarkerSize(MARKER);
        curves.forEach((name, y) -> {
            XYSeries series = chart.addSeries(name, fromOne(y.length), y);
            series.setLineStyle(LINE);
            // A single value has no line.
            series.setMarker(y.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
        });
        return svg(chart);
    }

    /** Points beside the diagonal on which they would ideally lie, both from 0 to 1, as a small chart. */
    public static String diagonal(String title, String xTitle, String name, double[] x, double[] y) {
        XYChart chart = small(title, xTitle);
        XYStyler styler = chart.getStyler();
        styler.setXAxisMin(0d).setXAxisMax(1d).setYAxisMin(0d).setYAxisMax(1d);
        styler.setMarkerSize(MARKER - 4);
        XYSeries ideal = chart.addSeries("ideal", new double[] {0, 1}, new double[] {0, 1});
        ideal.setMarker(SeriesMarkers.NONE);
        ideal.setLineColor(Color.GRAY);
        ideal.setLineStyle(DASHED);
        XYSeries points = chart.addSeries(name, x, y);
        points.setMarker(SeriesMarkers.CIRCLE);
        points.setLineStyle(LINE);
        return svg(chart);
    }

    private static XYChart small(String title, String xTitle) {
        XYChart chart = new XYChartBuilder()
                .width(SMALL_WIDTH)
                .height(SMALL_HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .build();
        common(chart.getStyler());
        chart.getStyler().setPlotContentSize(0.97);
        chart.getStyler().setDecimalPattern("0.######");
        chart.getStyler().setyAxisTickLabelsFormattingFunction(Charts::tick);
        chart.getStyler().setChartTitleFont(FONT.deriveFont(Font.BOLD, 14f));
        chart.getStyler().setAxisTitleFont(FONT);
        chart.getStyler().setLegendFont(FONT);
        chart.getStyler().setAxisTickLabelsFont(FONT);
        return chart;
    }

    /** With as many digits as tell ticks apart, and never 0 for a learning rate that is small. */
    static String tick(double value) {
        String digits = new BigDecimal(value)
                .round(new MathContext(5))
                .stripTrailingZeros()
                .toString();
        return digits.contains("E+") ? new BigDecimal(digits).toPlainString() : digits;
    }

    private static double[] fromOne(int length) {
        double[] x = new double[length];
        Arrays.setAll(x, k -> k + 1.0);
        return x;
    }

    private static void common(Styler styler) {
        styler.setSeriesColors(COLOURS);
        styler.setChartBackgroundColor(NOTHING);
        styler.setPlotBackgroundColor(NOTHING);
        styler.setLegendBackgroundColor(NOTHING);
        styler.setPlotBorderVisible(false);
        styler.setLegendPosition(LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setBaseFont(FONT);
        styler.setLegendBorderColor(NOTHING);
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
