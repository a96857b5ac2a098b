package dev.squall.jvm.convolution;

import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.PixelGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution as a sum over taps with constant steps: {@code out[outY + i * outStepY, outX + j * outStepX] = sum over taps of
 * weight(tap) * in[i * inStepY + tap.y, j * inStepX + tap.x]} for i in [0, height), j in [0, width).
 *
 * <p>A forward pass is one window that steps through the input. A backward pass with stride s is s * s windows that step through
 * their output: the positions of one phase meet the same subset of the kernel.
 */
public record TapWindow(
        List<Tap> taps,
        int inStepY,
        int inStepX,
        int outY,
        int outX,
        int outStepY,
        int outStepX,
        int height,
        int width) {

    /**
     * One element of the kernel.
     *
     * @param kernelY row in the kernel
     * @param kernelX column in the kernel
     * @param y rows from a position's pixel to the one this element meets
     * @param x columns, likewise
     */
    public record Tap(int kernelY, int kernelX, int y, int x) {}

    /** Whether a tap meets any pixel of a plane of {@code inHeight} by {@code inWidth}, and not only the zeros around it. */
    public boolean meets(Tap tap, int inHeight, int inWidth) {
        return meets(tap.y, inStepY, height, inHeight) && meets(tap.x, inStepX, width, inWidth);
    }

    private static boolean meets(int offset, int step, int count, int size) {
        int firstInside = Math.max(0, Math.ceilDiv(-offset, step));
        return firstInside < count && firstInside * step + offset < size;
    }

    /** Without the taps that meet only the zeros around a plane of {@code inHeight} by {@code inWidth}. */
    public TapWindow over(int inHeight, int inWidth) {
        return with(taps.stream().filter(tap -> meets(tap, inHeight, inWidth)).toList());
    }

    /** With other taps. */
    TapWindow with(List<Tap> others) {
        return new TapWindow(others, inStepY, inStepX, outY, outX, outStepY, outStepX, height, width);
    }

    /** A single tap on the pixel itself: a product of matrices. */
    public static TapWindow product(int height, int width) {
        return new TapWindow(List.of(new Tap(0, 0, 0, 0)), 1, 1, 0, 0, 1, 1, height, width);
    }

    /** From images to an output of {@code height} by {@code width}. */
    public static TapWindow forward(ConvGeometry g, int height, int width) {
        List<Tap> taps = new ArrayList<>();
        for (int a = 0; a < g.kernelH(); a++) {
            for (int b = 0; b < g.kernelW(); b++) {
                taps.add(new Tap(a, b, a * g.dilationH() - g.padH(), b * g.dilationW() - g.padW()));
            }
        }
        return new TapWindow(taps, g.strideH(), g.strideW(), 0, 0, 1, 1, height, width);
    }

    /** From output gradients to the gradient of images of {@code height} by {@code width}; together they cover it. */
    public static List<TapWindow> backward(ConvGeometry g, int height, int width) {
        List<TapWindow> windows = new ArrayList<>();
        for (int y = 0; y < Math.min(g.strideH(), height); y++) {
            for (int x = 0; x < Math.min(g.strideW(), width); x++) {
                List<Tap> taps = new ArrayList<>();
                for (int a = 0; a < g.kernelH(); a++) {
                    for (int b = g.kernelW() - 1; b >= 0; b--) {
                        int fromY = y + g.padH() - a * g.dilationH();
                        int fromX = x + g.padW() - b * g.dilationW();
                        if (fromY % g.strideH() == 0 && fromX % g.strideW() == 0) {
                            taps.add(new Tap(a, b, fromY / g.strideH(), fromX / g.strideW()));
                        }
                    }
                }
                windows.add(new TapWindow(
                        taps,
                        1,
                        1,
                        y,
                        x,
                        g.strideH(),
                        g.strideW(),
                        Math.ceilDiv(height - y, g.strideH()),
                        Math.ceilDiv(width - x, g.strideW())));
            }
        }
        return windows;
    }

    /**
     * How many taps, one after another, meet pixels that are neighbours, everywhere in the kernel: its width, or 1 if it is dilated. Their
     * input channels can be summed as if they were those of one tap.
     */
    int adjacentTaps() {
        int adjacent = 1;
        while (adjacent < taps.size() && continues(adjacent)) {
            adjacent++;
        }
        for (int t = 1; t < taps.size(); t++) {
            if (t % adjacent != 0 && !continues(t)) {
                return 1;
            }
        }
        return taps.size() % adjacent == 0 ? adjacent : 1;
    }

    private boolean continues(int tap) {
        Tap before = taps.get(tap - 1);
        return taps.get(tap).y == before.y && taps.get(tap).x == before.x + 1;
    }

    PixelGrid in(PixelGrid pixels) {
        return pixels.every(0, 0, inStepY, inStepX);
    }

    PixelGrid out(PixelGrid pixels) {
        return pixels.every(outY, outX, outStepY, outStepX);
    }

    /** How many pixels around a plane of {@code inHeight} by {@code inWidth} are read. */
    public Margin margin(int inHeight, int inWidth) {
        int top = 0;
        int left = 0;
        int bottom = 0;
        int right = 0;
        for (Tap tap : taps) {
            top = Math.max(top, -tap.y);
            left = Math.max(left, -tap.x);
            bottom = Math.max(bottom, (height - 1) * inStepY + tap.y - (inHeight - 1));
            right = Math.max(right, (width - 1) * inStepX + tap.x - (inWidth - 1));
        }
        return new Margin(top, left, bottom, right);
    }

    /** Pixels around a plane. */
    public record Margin(int top, int left, int bottom, int right) {
        public static final Margin NONE = new Margin(0, 0, 0, 0);

        int largest() {
            return Math.max(Math.max(top, left), Math.max(bottom, right));
        }

        public Margin union(Margin other) {
            return new Margin(
                    Math.max(top, other.top),
                    Math.max(left, other.left),
                    Math.max(bottom, other.bottom),
                    Math.max(right, other.right));
        }
    }
}
