package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.loop.FrameKernels;
import dev.squall.jvm.runtime.Allocator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The rows that a window reads for one block of output channels, with zeros wherever it looks beyond the images. Where the images' halo is wide enough and
 * each output channel takes from the input channel in its own place, these are the images themselves. Else some rows at a time are copied into a frame that stays in the second-level cache, which takes a small part of what it would to copy
 * all images through memory, and is done by the task that reads them next.
 */
final class PlaneRows {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Bytes of a frame, unless a few rows take more. */
    private static final int FRAME_BYTES = 192 << 10;

    /** Bytes of a page less those of a pixel. */
    private static final long CACHE_SETS = 4096 - PIXEL;

    private static final long STAGGER = 6 * PIXEL;

    private final PixelGrid input;
    private final int stepY;
    private final int height;
    private final int width;
    private final TapWindow.Margin margin;
    private final ChannelSpread spread;
    /** The parts of the block in {@link #spread}, if it is not the identity. */
    private final ChannelSpread.Part[][] parts;

    private final boolean isFramed;
    /** The first and the last row that a position meets, from its own. */
    private final int above;

    private final int below;
    private final long rowBytes;
    private final int most;
    private final long planeBytes;
    private final long[] offsets;

    /**
     * @param window with the taps that are met
     * @param input the images
     * @param layout of the images
     * @param halo pixels of zeros that lie around each plane
     * @param spread from which channels
     * @param block of output channels
     * @param unit of rows of positions, of which {@link #most} is a multiple
     */
    PlaneRows(
            TapWindow window,
            PixelGrid input,
            BlockedLayout layout,
            int halo,
            ChannelSpread spread,
            int block,
            int unit) {
        this.spread = spread;
        parts = spread.isIdentity() ? new ChannelSpread.Part[1][0] : spread.parts(block);
        this.input = input;
        stepY = window.inStepY();
        height = layout.height();
        width = layout.width();
        margin = window.margin(height, width);
        List<TapWindow.Tap> taps = window.taps();
        above = taps.stream().mapToInt(TapWindow.Tap::y).min().orElse(0);
        below = taps.stream().mapToInt(TapWindow.Tap::y).max().orElse(0);
        isFramed = margin.largest() > halo || !spread.isIdentity();
        rowBytes = isFramed ? (long) (margin.left() + width + margin.right()) * PIXEL : input.row();
        int fitting = (int) (FRAME_BYTES / (rowBytes * parts.length) - (below - above)) / stepY;
        most = Math.max(unit, Math.min(window.height(), fitting) / unit * unit);
        // Off a power of two, so that the planes do not fall into the same cache sets.
        planeBytes = (frameRows(most) * rowBytes | CACHE_SETS) + STAGGER;
        offsets = taps.stream()
                .flatMapToLong(tap -> LongStream.range(0, parts.length)
                        .map(i -> tap.y() * rowBytes + (long) tap.x() * PIXEL + i * planeBytes))
                .toArray();
    }

    private int frameRows(int rows) {
        return (rows - 1) * stepY + below - above + 1;
    }

    /** How many rows of positions stay in cache. */
    int most() {
        return most;
    }

    /** Bytes from a pixel to the one below it. */
    long rowBytes() {
        return rowBytes;
    }

    /** For each tap, and each input channel of a group, the bytes from the pixel of a position to the one that it meets. */
    long[] offsets() {
        return offsets;
    }

    /** Bytes that {@link #at} needs for a frame; 0 for none. */
    long frameBytes() {
        return isFramed ? parts.length * planeBytes : 0;
    }

    /** Memory for the frames of any of {@code planes}. */
    static Allocator.Block frame(List<PlaneRows> planes, Allocator allocator) {
        return allocator.allocate(
                planes.stream().mapToLong(PlaneRows::frameBytes).max().orElse(0));
    }

    /**
     * The address of the pixel of position (first, 0), where it and {@code rows - 1} rows of positions below may be read until the next call.
     *
     * @param frame memory to copy them to
     */
    long at(int image, int block, int first, int rows, Allocator.Block frame) {
        if (!isFramed) {
            return input.at(image, block, first * stepY, 0);
        }
        int top = first * stepY + above;
        int framed = frameRows(rows);
        for (int plane = 0; plane < parts.length; plane++) {
            for (int i = 0; i < framed; i++) {
                long to = frame.address() + plane * planeBytes + i * rowBytes;
                int y = top + i;
                if (y < 0 || y >= height) {
                    FrameKernels.zeros(to, (int) (rowBytes / PIXEL));
                    continue;
                }
                long inside = to + (long) margin.left() * PIXEL;
                FrameKernels.zeros(to, margin.left());
                if (spread.isIdentity()) {
                    FrameKernels.copy(input.at(image, block, y, 0), width, inside);
                } else {
                    ChannelSpread.row(parts[plane], input, image, y, width, inside);
                }
                FrameKernels.zeros(inside + (long) width * PIXEL, margin.right());
            }
        }
        return frame.address() - above * rowBytes + (long) margin.left() * PIXEL;
    }

    /** Bytes from the plane of an input channel of a group to that of the next. */
    long planeBytes() {
        return planeBytes;
    }
}
