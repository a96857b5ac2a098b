package dev.squall.jvm;

import org.jspecify.annotations.Nullable;

/**
 * Images with at least as many zeros around each plane as a window reads: the images themselves where their halo is enough, else
 * a copy.
 */
final class FramedImages implements AutoCloseable {
    private final PixelGrid pixels;
    private final Allocator allocator;
    private final Allocator.@Nullable Block copy;

    FramedImages(JvmStorage images, Window.Margin margin, JvmBackend backend) {
        BlockedLayout layout = images.layout();
        allocator = backend.scratch();
        PixelGrid original = PixelGrid.of(images);
        if (margin.largest() <= layout.halo()) {
            pixels = original;
            copy = null;
            return;
        }
        int height = layout.height() + margin.top() + margin.bottom();
        long rowBytes = (long) (layout.width() + margin.left() + margin.right()) * BlockedLayout.PIXEL_BYTES;
        long planeBytes = height * rowBytes;
        int planes = layout.images() * layout.blocks();
        Allocator.Block block = allocator.allocate(planes * planeBytes);
        copy = block;
        long left = (long) margin.left() * BlockedLayout.PIXEL_BYTES;
        long right = (long) margin.right() * BlockedLayout.PIXEL_BYTES;
        long inside = rowBytes - left - right;
        backend.pool().forEach(planes, plane -> {
            long from = original.at(plane / layout.blocks(), plane % layout.blocks(), 0, 0);
            long to = block.address() + plane * planeBytes;
            Lanes.zero(to, margin.top() * rowBytes);
            for (int y = 0; y < layout.height(); y++) {
                long row = to + (margin.top() + y) * rowBytes;
                Lanes.zero(row, left);
                Lanes.copy(from + y * layout.rowBytes(), row + left, inside);
                Lanes.zero(row + left + inside, right);
            }
            Lanes.zero(to + (height - margin.bottom()) * rowBytes, margin.bottom() * rowBytes);
        });
        pixels = new PixelGrid(
                block.address() + margin.top() * rowBytes + left,
                layout.blocks() * planeBytes,
                planeBytes,
                rowBytes,
                BlockedLayout.PIXEL_BYTES);
    }

    /** The pixels inside the frame. */
    PixelGrid pixels() {
        return pixels;
    }

    @Override
    public void close() {
        if (copy != null) {
            allocator.free(copy);
        }
    }
}
