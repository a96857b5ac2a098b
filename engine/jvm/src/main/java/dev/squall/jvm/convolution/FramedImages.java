package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * Images with at least as many zeros around each plane as a window reads: the images themselves where their halo is enough, else
 * a copy. A copy of images of less than 16 channels may leave out what pads their pixels: then all values that a window meets in a row are
 * neighbours.
 */
public final class FramedImages implements AutoCloseable {
    /** Images of so few channels are copied without padding even if they need no frame: so short are the sums of a tap else that they hardly pay. */
    private static final int FEW_CHANNELS = 4;

    private final PixelGrid pixels;
    private final Allocator allocator;
    private final Allocator.@Nullable Block copy;

    public FramedImages(JvmStorage images, TapWindow.Margin margin, Workspace workspace) {
        this(images, margin, false, workspace);
    }

    /** @param compact whether a copy is to have only the channels there are */
    public FramedImages(JvmStorage images, TapWindow.Margin margin, boolean compact, Workspace workspace) {
        BlockedLayout layout = images.layout();
        allocator = workspace.scratch();
        PixelGrid original = PixelGrid.of(images);
        boolean isPoor = compact && layout.channels() <= FEW_CHANNELS;
        if (margin.largest() <= layout.halo() && !isPoor) {
            pixels = original;
            copy = null;
            return;
        }
        int height = layout.height() + margin.top() + margin.bottom();
        int channels = compact ? Math.min(layout.channels(), BlockedLayout.BLOCK) : BlockedLayout.BLOCK;
        int pixel = channels * Float.BYTES;
        long rowBytes = (long) (layout.width() + margin.left() + margin.right()) * pixel;
        long planeBytes = height * rowBytes;
        int planes = layout.images() * layout.blocks();
        Allocator.Block block = allocator.allocate(planes * planeBytes);
        copy = block;
        long left = (long) margin.left() * pixel;
        long right = (long) margin.right() * pixel;
        long inside = rowBytes - left - right;
        workspace.pool().forEach(planes, plane -> {
            long from = original.at(plane / layout.blocks(), plane % layout.blocks(), 0, 0);
            long to = block.address() + plane * planeBytes;
            Lanes.zero(to, margin.top() * rowBytes);
            for (int y = 0; y < layout.height(); y++) {
                long row = to + (margin.top() + y) * rowBytes;
                Lanes.zero(row, left);
                if (channels == BlockedLayout.BLOCK) {
                    Lanes.copy(from + y * layout.rowBytes(), row + left, inside);
                } else {
                    compact(from + y * layout.rowBytes(), channels, row + left, inside);
                }
                Lanes.zero(row + left + inside, right);
            }
            Lanes.zero(to + (height - margin.bottom()) * rowBytes, margin.bottom() * rowBytes);
        });
        pixels = new PixelGrid(
                block.address() + margin.top() * rowBytes + left,
                layout.blocks() * planeBytes,
                planeBytes,
                rowBytes,
                pixel);
    }

    /**
     * Copies the first {@code channels} values of each pixel. Where they fit into a vector a whole one is written, of which the next pixel covers what is
     * too much; only the last pixels are copied value by value.
     */
    private static void compact(long from, int channels, long to, long bytes) {
        int pixel = channels * Float.BYTES;
        long at = 0;
        for (; channels <= Lanes.COUNT && at + Lanes.BYTES <= bytes; at += pixel, from += BlockedLayout.PIXEL_BYTES) {
            Lanes.store(to + at, Lanes.load(from));
        }
        for (; at < bytes; at += pixel, from += BlockedLayout.PIXEL_BYTES) {
            for (int channel = 0; channel < pixel; channel += Float.BYTES) {
                Lanes.set(to + at + channel, Lanes.get(from + channel));
            }
        }
    }

    /** The pixels inside the frame. */
    public PixelGrid pixels() {
        return pixels;
    }

    @Override
    public void close() {
        if (copy != null) {
            allocator.free(copy);
        }
    }
}
