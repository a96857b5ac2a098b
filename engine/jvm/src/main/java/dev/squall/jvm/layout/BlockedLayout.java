package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.tensor.Shape;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * Where the elements of an image tensor [N, C, H, W] lie: [N, ceil(C / 16), H + 2, W + 2, 16], or [ceil(C / 16), N, H, W, 16] where planes are small.
 *
 * <p>Sixteen channels of one pixel are neighbours (64 bytes, a cache line), so the step from pixel to pixel is a
 * constant, and a halo of one pixel of zeros lets a 3x3 window read over the border without a branch. Planes of up to
 * {@link #SMALL_PLANE} pixels have no halo, which would be several times as large as they are, and those of a channel block lie one behind the other
 * through all images: a register tile takes 14 pixels at once, and so is filled by those of several images.
 *
 * <p><b>Invariant:</b> halo pixels, and the channels that fill up the last block, are zero. {@link #clearHalo} makes
 * the halo so in fresh memory; every kernel writes all 16 channels of the pixels inside, zeros where a channel does not
 * exist, and never writes the halo.
 *
 * @param images N
 * @param channels C
 * @param height H
 * @param width W
 */
public record BlockedLayout(int images, int channels, int height, int width) {
    /** Channels in a block. */
    public static final int BLOCK = Lanes.BLOCK;

    /** Pixels of the largest plane that has no halo. */
    public static final int SMALL_PLANE = 4;

    /** Bytes from a pixel to its right neighbour. */
    public static final int PIXEL_BYTES = BLOCK * Float.BYTES;

    /** The widest row: its bytes, with the largest padding, are counted in ints. */
    private static final int WIDEST = 1 << 24;

    /** The most planes: the values of their channels are counted in ints. */
    private static final int MOST_PLANES = 1 << 26;

    /** Pixels at this distance fall into the same set of the nearest cache. */
    private static final int CACHE_ALIAS = 4096;

    /** Bytes behind a plane whose neighbours would all fall into the same cache sets. */
    private static final int STAGGER = 5 * PIXEL_BYTES;

    /**
     * The layout of images of {@code shape}.
     *
     * @throws IllegalArgumentException if a row or the number of planes is beyond what kernels count in ints
     */
    public static BlockedLayout of(Shape shape) {
        if (shape.width() > WIDEST) {
            throw new IllegalArgumentException("the jvm backend computes on images of at most " + WIDEST
                    + " pixels in a row, got " + shape + "; cut the rows, or turn the images");
        }
        long planes = (long) shape.batch() * blocksOf(shape.channels());
        if (planes > MOST_PLANES) {
            throw new IllegalArgumentException("the jvm backend computes on at most " + MOST_PLANES
                    + " planes of 16 channels at once, images times channels, got " + planes + " for " + shape
                    + "; use a smaller batch");
        }
        return new BlockedLayout(shape.batch(), shape.channels(), shape.height(), shape.width());
    }

    /** Channel blocks of an image. */
    public int blocks() {
        return blocksOf(channels);
    }

    public static int blocksOf(int channels) {
        return (channels + BLOCK - 1) / BLOCK;
    }

    /** Channel blocks of all images: plane p is block {@code p % blocks()} of image {@code p / blocks()}. */
    public int planes() {
        return images * blocks();
    }

    /** Offset in bytes of the first pixel inside plane {@code p}. */
    public long plane(int p) {
        return isSmall()
                ? offset(p / blocks(), p % blocks(), 0, 0)
                : p * planeBytes() + halo() * (rowBytes() + PIXEL_BYTES);
    }

    /** Bytes of a row inside the halo. */
    public int insideBytes() {
        return width * PIXEL_BYTES;
    }

    /** Whether planes are so small that they have no halo and the images of a block lie one behind the other. */
    public boolean isSmall() {
        return height * width <= SMALL_PLANE;
    }

    /** Width of the frame of zeros: 1, or 0 for small planes. */
    public int halo() {
        return isSmall() ? 0 : 1;
    }

    /** Bytes from a pixel to the one below it. */
    public long rowBytes() {
        return (long) (width + 2 * halo()) * PIXEL_BYTES;
    }

    /** Bytes from a plane to the next in memory. What lies between planes that are kept apart is never read or written. */
    public long planeBytes() {
        long bytes = (height + 2 * halo()) * rowBytes();
        return bytes % CACHE_ALIAS == 0 ? bytes + STAGGER : bytes;
    }

    /** Bytes from a channel block of an image to the next. */
    public long blockBytes() {
        return isSmall() ? images * planeBytes() : planeBytes();
    }

    /** Bytes from an image to the next. */
    public long imageBytes() {
        return isSmall() ? planeBytes() : blocks() * planeBytes();
    }

    /** Bytes of the whole tensor. */
    public long bytes() {
        return planes() * planeBytes();
    }

    /** Offset in bytes of pixel (y, x) of a block of an image; -1 and H (or W) are the halo. */
    public long offset(int image, int block, int y, int x) {
        return image * imageBytes()
                + block * blockBytes()
                + (y + halo()) * rowBytes()
                + (long) (x + halo()) * PIXEL_BYTES;
    }

    /**
     * Runs {@code body} on every plane, in parallel if it pays, in the order in which they lie in memory: the processor reads ahead along it.
     *
     * @param traffic how many tensors of this layout are read or written
     */
    public void forEachPlane(WorkerPool pool, int traffic, IntConsumer body) {
        IntConsumer ofPlace = isSmall() ? i -> body.accept(i % images * blocks() + i / images) : body;
        pool.forEachSized(planes(), traffic * planeBytes(), ofPlace);
    }

    /** Whether channel {@code c} of a block exists in the tensor. */
    public boolean exists(int block, int lane) {
        return block * BLOCK + lane < channels;
    }

    /** Fills the halo of the tensor at {@code address} with zeros. */
    public void clearHalo(long address) {
        if (halo() == 0) {
            return;
        }
        long row = rowBytes();
        for (int p = 0; p < planes(); p++) {
            long plane = address + p * planeBytes();
            // From the first row's start to the second's first pixel; then a right edge and the next row's left edge at
            // a time.
            Lanes.zero(plane, row + PIXEL_BYTES);
            for (int y = 2; y <= height; y++) {
                Lanes.zero(plane + y * row - PIXEL_BYTES, 2 * PIXEL_BYTES);
            }
            Lanes.zero(plane + (height + 1) * row - PIXEL_BYTES, row + PIXEL_BYTES);
        }
    }

    /** Sets the channels that fill up the last block to zero, inside the halo. */
    public void clearPaddingChannels(long address) {
        int used = channels % BLOCK;
        if (used == 0) {
            return;
        }
        for (int n = 0; n < images; n++) {
            for (int y = 0; y < height; y++) {
                long row = address + offset(n, blocks() - 1, y, 0) + (long) used * Float.BYTES;
                for (int x = 0; x < width; x++) {
                    Lanes.zero(row + (long) x * PIXEL_BYTES, (long) (BLOCK - used) * Float.BYTES);
                }
            }
        }
    }

    /**
     * Writes row-major {@code values}, [N, C, H, W], into the tensor at {@code address}, halo and padding channels
     * included.
     */
    public void write(long address, float[] values, WorkerPool pool) {
        Objects.checkFromIndexSize(0, images * channels * height * width, values.length);
        clearHalo(address);
        pool.forEach(images * blocks(), plane -> {
            for (int lane = 0; lane < BLOCK; lane++) {
                boolean exists = exists(plane % blocks(), lane);
                for (int y = 0; y < height; y++) {
                    int from = exists ? index(plane, lane, y) : 0;
                    long to = address + row(plane, lane, y);
                    for (int x = 0; x < width; x++) {
                        Lanes.set(to + (long) x * PIXEL_BYTES, exists ? values[from + x] : 0f);
                    }
                }
            }
        });
    }

    /** Reads the tensor at {@code address} into row-major {@code values}, [N, C, H, W]. */
    public void read(long address, float[] values, WorkerPool pool) {
        Objects.checkFromIndexSize(0, images * channels * height * width, values.length);
        pool.forEach(images * blocks(), plane -> {
            for (int lane = 0; lane < BLOCK && exists(plane % blocks(), lane); lane++) {
                for (int y = 0; y < height; y++) {
                    int to = index(plane, lane, y);
                    long from = address + row(plane, lane, y);
                    for (int x = 0; x < width; x++) {
                        values[to + x] = Lanes.get(from + (long) x * PIXEL_BYTES);
                    }
                }
            }
        });
    }

    /** Offset of the first pixel of a row of one channel; planes are numbered through images and blocks. */
    private long row(int plane, int lane, int y) {
        return offset(plane / blocks(), plane % blocks(), y, 0) + (long) lane * Float.BYTES;
    }

    /** Row-major index of the same element. */
    private int index(int plane, int lane, int y) {
        int channel = plane % blocks() * BLOCK + lane;
        return ((plane / blocks() * channels + channel) * height + y) * width;
    }
}
