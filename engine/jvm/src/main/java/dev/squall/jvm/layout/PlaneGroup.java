package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.WorkerPool;
import java.util.function.Consumer;

/**
 * Planes of one channel block of neighbouring images that one sum runs over: a single plane, or several small ones.
 *
 * @param index of the group: {@code firstImage / images of a group * blocks + block}
 * @param block of 16 channels
 * @param offset of the first plane's first pixel, in bytes
 * @param images how many planes, {@link BlockedLayout#imageBytes} apart
 */
public record PlaneGroup(int index, int block, long offset, int images) {
    /** Pixels, about, over which a sum stays in float. */
    public static final int FLOAT_SUM = 128;

    /** How many images a group has; the last may have fewer. */
    public static int images(BlockedLayout layout) {
        return Math.clamp(FLOAT_SUM / (layout.height() * layout.width()), 1, layout.images());
    }

    /** How many groups there are for each block. */
    public static int perBlock(BlockedLayout layout) {
        return Math.ceilDiv(layout.images(), images(layout));
    }

    /**
     * Runs {@code body} on every group, in parallel if it pays.
     *
     * @param traffic how many tensors of this layout are read or written
     */
    public static void forEach(BlockedLayout layout, WorkerPool pool, int traffic, Consumer<PlaneGroup> body) {
        int size = images(layout);
        long bytes = traffic * size * layout.planeBytes();
        pool.forEachSized(perBlock(layout) * layout.blocks(), bytes, index -> {
            int first = index / layout.blocks() * size;
            int block = index % layout.blocks();
            long offset = layout.offset(first, block, 0, 0);
            body.accept(new PlaneGroup(index, block, offset, Math.min(size, layout.images() - first)));
        });
    }

    /** Where a group's 16 values begin among those of all groups. */
    public int at() {
        return index * BlockedLayout.BLOCK;
    }

    /** Where the block's 16 values begin among those of all channels. */
    public int channel() {
        return block * BlockedLayout.BLOCK;
    }
}
