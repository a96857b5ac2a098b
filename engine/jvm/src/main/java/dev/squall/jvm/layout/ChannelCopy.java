package dev.squall.jvm.layout;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.runtime.Lanes.COUNT;

import dev.squall.jvm.runtime.Lanes;
import java.util.ArrayList;
import java.util.List;

/**
 * Neighbouring channels that are copied from one channel block to another, pixel by pixel.
 *
 * @param from offset of the first channel from the pixel of block 0
 * @param to the same in the target
 * @param channels how many, at most 16
 */
public record ChannelCopy(long from, long to, int channels) {

    /** The copy of {@code count} channels in parts, none of which crosses a block on either side. */
    public static ChannelCopy[] split(
            BlockedLayout source, int fromChannel, BlockedLayout target, int toChannel, int count) {
        List<ChannelCopy> parts = new ArrayList<>();
        int length;
        for (int k = 0; k < count; k += length) {
            int from = fromChannel + k;
            int to = toChannel + k;
            length = Math.min(count - k, BLOCK - Math.max(from % BLOCK, to % BLOCK));
            parts.add(new ChannelCopy(offset(source, from), offset(target, to), length));
        }
        return parts.toArray(ChannelCopy[]::new);
    }

    private static long offset(BlockedLayout layout, int channel) {
        return channel / BLOCK * layout.blockBytes() + (long) (channel % BLOCK) * Float.BYTES;
    }

    /**
     * Copies the channels of a row of pixels.
     *
     * @param source address of the first pixel, block 0
     * @param sourceStep bytes from pixel to pixel
     * @param target address of the first pixel, block 0
     * @param targetStep bytes from pixel to pixel
     */
    public void row(long source, int sourceStep, long target, int targetStep, int pixels) {
        for (int v = 0; v < channels; v += COUNT) {
            long offset = (long) v * Float.BYTES;
            copy(source + from + offset, sourceStep, target + to + offset, targetStep, pixels, channels - v);
        }
    }

    private static void copy(long source, int sourceStep, long target, int targetStep, int pixels, int lanes) {
        if (lanes >= COUNT) {
            for (int i = 0; i < pixels; i++) {
                Lanes.store(target + (long) i * targetStep, Lanes.load(source + (long) i * sourceStep));
            }
            return;
        }
        for (int i = 0; i < pixels; i++) {
            for (int lane = 0; lane < lanes; lane++) {
                long offset = (long) lane * Float.BYTES;
                Lanes.set(target + (long) i * targetStep + offset, Lanes.get(source + (long) i * sourceStep + offset));
            }
        }
    }
}
