package dev.squall.tresnet;

/** Numbers of channels, as the papers round them. */
final class Widths {
    private Widths() {}

    /** The multiple of {@code step} nearest to {@code width}, at least one step. */
    static int nearest(double width, int step) {
        return Math.max(step, (int) (width + step / 2.0) / step * step);
    }

    /** The same, and one step more where that would lose over a tenth of {@code width}: MobileNetV2's rule. */
    static int divisible(double width, int step) {
        int nearest = nearest(width, step);
        return nearest < 0.9 * width ? nearest + step : nearest;
    }
}
