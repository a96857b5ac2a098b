package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DepthwiseKernel;
import dev.squall.jvm.tile.GroupedKernel;
import dev.squall.jvm.tile.TileSizes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weights of groups of few input channels as [blocks, taps, inputs of a group, 16], or as {@link GroupedKernel} has them for groups within vectors, zeros for channels that do not exist. A block has only the taps that its kernels need:
 * where kernels of several sizes are one convolution, the small ones lie in the middle of large ones, and what is around them is zero.
 */
public final class DepthwiseWeights implements PackedWeights {
    private final Allocator.Block memory;
    private final Allocator allocator;
    private final DirectWeights.Source source;
    private final int taps;
    /** By block: which taps of the window it has. */
    private final int[][] present;

    public DepthwiseWeights(DirectWeights.Source source, List<TapWindow.Tap> list, Workspace workspace) {
        this.source = source;
        taps = list.size();
        allocator = workspace.scratch();
        int blocks = BlockedLayout.blocksOf(source.outputs());
        long bytes = blocks * blockBytes();
        memory = allocator.allocate(bytes);
        Lanes.zero(memory.address(), bytes);
        present = new int[blocks][];
        for (int block = 0; block < blocks; block++) {
            int from = block * BlockedLayout.BLOCK;
            int to = Math.min(source.outputs(), from + BlockedLayout.BLOCK);
            int margin = margin(from, to);
            int[] needed = IntStream.range(0, taps)
                    .filter(t -> isWithin(list.get(t), margin))
                    .toArray();
            // Of a window that has taps a kernel sums at least one, whose weights are zero here. A window without
            // taps is one of the outputs that a
            // stride larger than the kernel leaves out.
            present[block] = needed.length == 0 && taps > 0 ? new int[] {0} : needed;
            for (int k = from; k < to; k++) {
                for (int t = 0; t < present[block].length; t++) {
                    TapWindow.Tap tap = list.get(present[block][t]);
                    long at = (long) (tap.kernelY() * source.kernelWidth() + tap.kernelX()) * Float.BYTES;
                    for (int i = 0; i < source.inputsPerGroup(); i++) {
                        long slot = block(block) + slot(t, present[block].length, k - from, i);
                        Lanes.set(slot, Lanes.get(source.kernel(k, i) + at));
                    }
                }
            }
        }
    }

    /**
     * Bytes from a block's first weight to that of tap {@code t} of {@code count} from input {@code i} of its group to the output in {@code lane}: in the
     * order of {@link GroupedKernel} for groups within vectors, else of {@link DepthwiseKernel}.
     */
    private long slot(int t, int count, int lane, int i) {
        int inputs = source.inputsPerGroup();
        if (!spread().isWithinVectors()) {
            return ((long) t * inputs + i) * BlockedLayout.PIXEL_BYTES + (long) lane * Float.BYTES;
        }
        int sums = TileSizes.groupedSums(inputs);
        int order = lane % inputs ^ i;
        int sum = order % sums;
        long vector = ((long) (order / sums) * count + t) * sums + sum;
        return vector * BlockedLayout.PIXEL_BYTES + (long) (lane ^ sum) * Float.BYTES;
    }

    private int height() {
        return source.kernelSize() / source.kernelWidth();
    }

    private boolean isWithin(TapWindow.Tap tap, int margin) {
        return tap.kernelY() >= margin
                && tap.kernelY() < height() - margin
                && tap.kernelX() >= margin
                && tap.kernelX() < source.kernelWidth() - margin;
    }

    /** How many rings around the kernels of channels {@code from} to {@code to} - 1 are zero in all of them; 0 if everything is. */
    private int margin(int from, int to) {
        int width = source.kernelWidth();
        int margin = Math.min(height(), width) / 2;
        boolean zero = true;
        for (int k = from; k < to && margin > 0; k++) {
            for (int i = 0; i < source.inputsPerGroup() * source.kernelSize() && margin > 0; i++) {
                int at = i % source.kernelSize();
                if (Lanes.get(source.kernel(k, i / source.kernelSize()) + (long) at * Float.BYTES) != 0) {
                    int y = at / width;
                    int x = at % width;
                    margin = Math.min(margin, Math.min(Math.min(y, height() - 1 - y), Math.min(x, width - 1 - x)));
                    zero = false;
                }
            }
        }
        return zero ? 0 : margin;
    }

    private long blockBytes() {
        return (long) taps * source.inputsPerGroup() * BlockedLayout.PIXEL_BYTES;
    }

    /** Which channels the outputs take from. */
    ChannelSpread spread() {
        return new ChannelSpread(source.outputs(), source.outputsPerGroup(), source.inputsPerGroup());
    }

    long block(int block) {
        return memory.address() + block * blockBytes();
    }

    /** Of all taps of the window, those that a block has. */
    List<TapWindow.Tap> of(int block, List<TapWindow.Tap> all) {
        return Arrays.stream(present[block]).mapToObj(all::get).toList();
    }

    @Override
    public void free() {
        allocator.free(memory);
    }
}
