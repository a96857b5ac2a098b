package dev.squall.jvm.layout;

/**
 * Blocked pixels at regular steps, for example every second pixel of a plane. All steps are in bytes.
 *
 * @param origin address of pixel (0, 0) of the first block of the first image
 * @param image step to the next image
 * @param block step to the next channel block
 * @param row step to the next row of the grid
 * @param column step to the next pixel of a row
 */
public record PixelGrid(long origin, long image, long block, long row, int column) {
    public long at(int n, int channelBlock, int y, int x) {
        return origin + n * image + channelBlock * block + y * row + (long) x * column;
    }

    /** The grid that begins at pixel ({@code y}, {@code x}) of this one and takes every {@code stepY}-th row, {@code stepX}-th column. */
    public PixelGrid every(int y, int x, int stepY, int stepX) {
        return new PixelGrid(at(0, 0, y, x), image, block, row * stepY, column * stepX);
    }

    /** All pixels of the images of a storage. */
    public static PixelGrid of(JvmStorage images) {
        BlockedLayout layout = images.layout();
        return new PixelGrid(
                images.address() + layout.offset(0, 0, 0, 0),
                layout.imageBytes(),
                layout.blockBytes(),
                layout.rowBytes(),
                BlockedLayout.PIXEL_BYTES);
    }
}
