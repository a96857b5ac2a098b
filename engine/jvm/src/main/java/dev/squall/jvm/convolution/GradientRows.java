package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.PixelGrid;

/**
 * What a tap sums over: rows of positions.
 *
 * @param x for each row, the offset of its first input pixel from the first of the images
 * @param dy likewise of its first gradient pixel
 * @param width positions in a row
 */
public record GradientRows(long[] x, long[] dy, int width) {
    /** The rows of {@code window} in {@code images} images, as seen by {@code tap}. */
    public static GradientRows of(TapWindow window, TapWindow.Tap tap, PixelGrid x, PixelGrid dy, int images) {
        if (window.width() == 0) {
            return none(window);
        }
        int height = window.height();
        PixelGrid in = window.in(x);
        PixelGrid out = window.out(dy);
        long[] from = new long[images * height];
        long[] to = new long[from.length];
        for (int row = 0; row < from.length; row++) {
            from[row] = x.at(0, 0, tap.y(), tap.x()) + in.at(row / height, 0, row % height, 0) - 2 * x.origin();
            to[row] = out.at(row / height, 0, row % height, 0) - dy.origin();
        }
        return new GradientRows(from, to, window.width());
    }

    /** The offsets x and dy of each position of the rows from {@code from} to before {@code to}, in turn; steps are in bytes. */
    long[] positions(int from, int to, int stepX, int stepDy) {
        long[] positions = new long[2 * width * (to - from)];
        int at = 0;
        for (int row = from; row < to; row++) {
            for (long i = 0; i < width; i++) {
                positions[at++] = x[row] + i * stepX;
                positions[at++] = dy[row] + i * stepDy;
            }
        }
        return positions;
    }

    /** With the roles of x and dy exchanged. */
    GradientRows exchanged() {
        return new GradientRows(dy, x, width);
    }

    int count() {
        return x.length;
    }

    /** No rows: for a tap that meets no pixels, or only the zeros around the planes. */
    public static GradientRows none(TapWindow window) {
        return new GradientRows(new long[0], new long[0], window.width());
    }
}
