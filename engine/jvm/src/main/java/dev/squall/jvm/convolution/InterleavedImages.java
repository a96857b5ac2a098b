package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.TileKernels;
import java.util.List;

/**
 * Small planes as one wide plane: the images lie side by side pixel by pixel, [ceil(C / 16), H, W, N, 16].
 *
 * <p>A register tile wants a row of {@link TileKernels#MAX_POSITIONS} pixels, and the rows of a plane of 2x2 have 2. Here a row has
 * W * N pixels, and a tap that looks dx pixels to the right looks dx * N pixels to the right. There is no halo: each tap has a
 * {@link TapWindow} of the pixels whose neighbour exists.
 *
 * <pre>
 * image 0: a b    image 1: e f         a e b f
 *          c d             g h   ->    c g d h
 * </pre>
 */
final class InterleavedImages implements AutoCloseable {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private final BlockedLayout layout;
    private final Allocator allocator;
    private final Allocator.Block memory;
    private final PixelGrid pixels;

    /** Room for images like {@code images}, with unspecified content. */
    InterleavedImages(JvmStorage images, Workspace workspace) {
        layout = images.layout();
        allocator = workspace.scratch();
        long rowBytes = (long) layout.width() * layout.images() * PIXEL;
        long blockBytes = layout.height() * rowBytes;
        memory = allocator.allocate(layout.blocks() * blockBytes);
        pixels = new PixelGrid(memory.address(), layout.blocks() * blockBytes, blockBytes, rowBytes, PIXEL);
    }

    static InterleavedImages copyOf(JvmStorage images, Workspace workspace) {
        var copy = new InterleavedImages(images, workspace);
        PixelGrid from = PixelGrid.of(images);
        copy.forEachRow(workspace, (image, block, y) -> {
            for (int x = 0; x < copy.layout.width(); x++) {
                move(from.at(image, block, y, x), copy.at(image, block, y, x));
            }
        });
        return copy;
    }

    /** Writes the images to {@code images}, or adds them, and applies the epilogue to their pixels. */
    void copyTo(JvmStorage images, AppliedEpilogue epilogue, Workspace workspace) {
        PixelGrid to = PixelGrid.of(images);
        forEachRow(workspace, (image, block, y) -> {
            long row = to.at(image, block, y, 0);
            for (int x = 0; x < layout.width(); x++) {
                long pixel = row + (long) x * PIXEL;
                if (epilogue.addsToOutput()) {
                    add(at(image, block, y, x), pixel);
                } else {
                    move(at(image, block, y, x), pixel);
                }
            }
            for (int lane = 0; lane < BlockedLayout.BLOCK && !epilogue.isNothing(); lane += Lanes.COUNT) {
                int channel = block * BlockedLayout.BLOCK + lane;
                epilogue.apply(row + (long) lane * Float.BYTES, 1, 0, layout.width(), PIXEL, channel);
            }
        });
    }

    /** All images as one. */
    PixelGrid pixels() {
        return pixels;
    }

    /** The pixels that {@code tap} meets others from, as its window on {@link #pixels}. */
    TapWindow window(TapWindow.Tap tap) {
        int images = layout.images();
        int y = Math.max(0, -tap.y());
        int x = Math.max(0, -tap.x());
        var moved = new TapWindow.Tap(tap.kernelY(), tap.kernelX(), y + tap.y(), (x + tap.x()) * images);
        int height = Math.max(0, layout.height() - Math.abs(tap.y()));
        int width = Math.max(0, layout.width() - Math.abs(tap.x())) * images;
        return new TapWindow(List.of(moved), 1, 1, y, x * images, 1, 1, height, width);
    }

    @Override
    public void close() {
        allocator.free(memory);
    }

    private interface RowTask {
        void accept(int image, int block, int y);
    }

    private void forEachRow(Workspace workspace, RowTask task) {
        long bytes = pixels.block() * 2;
        workspace.pool().forEachSized(layout.blocks(), bytes, block -> {
            for (int image = 0; image < layout.images(); image++) {
                for (int y = 0; y < layout.height(); y++) {
                    task.accept(image, block, y);
                }
            }
        });
    }

    private long at(int image, int block, int y, int x) {
        return pixels.at(0, block, y, x * layout.images() + image);
    }

    private static void move(long from, long to) {
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Lanes.store(to + lane, Lanes.load(from + lane));
        }
    }

    private static void add(long from, long to) {
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Lanes.store(to + lane, Lanes.load(to + lane).add(Lanes.load(from + lane)));
        }
    }
}
