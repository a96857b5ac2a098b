package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * Windows on small planes, {@link BlockedLayout#isSmall}, over the images instead of over the rows of a plane: a row of a plane has four pixels at most,
 * and a register tile would be filled to a third by it. There is no halo either, so each position has a window of its own, with the taps that meet a
 * pixel there.
 */
public final class SmallPlanes {
    /** Pixels of a row at most: over so many sums of statistics stay in float. */
    private static final int ROW = 64;

    private SmallPlanes() {}

    /**
     * A window on a few of the positions.
     *
     * @param window of one image, which stands for all
     * @param in the input as it sees it
     * @param out the output as it sees it
     */
    public record Part(TapWindow window, PixelGrid in, PixelGrid out) {}

    /** Whether this is how to compute an output of this layout from such an input. */
    public static boolean apply(BlockedLayout in, BlockedLayout out) {
        return in.isSmall() && out.isSmall() && in.images() > 1;
    }

    /** Whether {@code window} is a product of matrices, so that all pixels of all images are alike. */
    public static boolean isProduct(TapWindow window, BlockedLayout in, BlockedLayout out) {
        return window.equals(TapWindow.product(in.height(), in.width()).with(window.taps()))
                && in.height() == out.height()
                && in.width() == out.width()
                && window.taps().size() == 1
                && window.taps().getFirst().y() == 0
                && window.taps().getFirst().x() == 0;
    }

    /** The parts that together are {@code window}. */
    public static List<Part> parts(TapWindow window, JvmStorage input, JvmStorage output) {
        BlockedLayout in = input.layout();
        BlockedLayout out = output.layout();
        PixelGrid from = PixelGrid.of(input);
        PixelGrid to = PixelGrid.of(output);
        if (isProduct(window, in, out)) {
            int width = rowWidth(out);
            int height = out.images() * out.height() * out.width() / width;
            TapWindow rows = TapWindow.product(height, width).with(window.taps());
            return List.of(new Part(rows, rows(from, in, width), rows(to, out, width)));
        }
        List<Part> parts = new ArrayList<>();
        for (int y = 0; y < window.height(); y++) {
            for (int x = 0; x < window.width(); x++) {
                parts.add(new Part(position(window, y, x, in, out), from, to));
            }
        }
        return parts;
    }

    /** In how many rows {@link AppliedEpilogue#gather} gets the output of {@code window}; 0 if it does not. */
    public static int pieces(TapWindow window, BlockedLayout in, BlockedLayout out) {
        return isProduct(window, in, out) ? out.images() * out.height() * out.width() / rowWidth(out) : 0;
    }

    /** Pixels of a row, a whole number of images that divides their number. */
    private static int rowWidth(BlockedLayout layout) {
        int plane = layout.height() * layout.width();
        int together = Math.min(layout.images(), ROW / plane);
        while (layout.images() % together != 0) {
            together--;
        }
        return together * plane;
    }

    private static PixelGrid rows(PixelGrid pixels, BlockedLayout layout, int width) {
        return new PixelGrid(
                pixels.origin(), layout.bytes(), pixels.block(), (long) width * pixels.column(), pixels.column());
    }

    /** The window of a single position in all images. */
    private static TapWindow position(TapWindow window, int y, int x, BlockedLayout in, BlockedLayout out) {
        List<TapWindow.Tap> taps = window.taps().stream()
                .map(tap -> new TapWindow.Tap(
                        tap.kernelY(), tap.kernelX(), y * window.inStepY() + tap.y(), x * window.inStepX() + tap.x()))
                .filter(tap -> isInside(tap, in))
                .toList();
        int outY = window.outY() + y * window.outStepY();
        int outX = window.outX() + x * window.outStepX();
        int step = in.height() * in.width();
        return new TapWindow(taps, 1, step, outY, outX, 1, out.height() * out.width(), 1, in.images());
    }

    private static boolean isInside(TapWindow.Tap tap, BlockedLayout in) {
        return tap.y() >= 0 && tap.y() < in.height() && tap.x() >= 0 && tap.x() < in.width();
    }

    /** What {@code tap} sums over in a gradient of the weights: for each position that it meets a pixel from, a row of all images. */
    public static GradientRows gradientRows(TapWindow window, TapWindow.Tap tap, BlockedLayout in, BlockedLayout out) {
        if (isProduct(window, in, out)) {
            int width = rowWidth(out);
            long[] rows = new long[out.images() * out.height() * out.width() / width];
            for (int row = 0; row < rows.length; row++) {
                rows[row] = (long) row * width * BlockedLayout.PIXEL_BYTES;
            }
            return new GradientRows(rows, rows, width);
        }
        List<Long> x = new ArrayList<>();
        List<Long> dy = new ArrayList<>();
        for (int i = 0; i < window.height(); i++) {
            for (int j = 0; j < window.width(); j++) {
                for (TapWindow.Tap met :
                        position(window.with(List.of(tap)), i, j, in, out).taps()) {
                    x.add(in.offset(0, 0, met.y(), met.x()));
                    dy.add(out.offset(0, 0, i, j));
                }
            }
        }
        return new GradientRows(
                x.stream().mapToLong(offset -> offset).toArray(),
                dy.stream().mapToLong(offset -> offset).toArray(),
                in.images());
    }

    /** Pixels from a position of {@link #gradientRows} to the next, in images of {@code layout}: those of an image, or one where all are alike. */
    public static int gradientStep(TapWindow window, BlockedLayout in, BlockedLayout out, BlockedLayout layout) {
        return isProduct(window, in, out) ? 1 : layout.height() * layout.width();
    }
}
