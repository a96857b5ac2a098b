package dev.squall.jvm.winograd;

import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Transformed 3x3 kernels for {@link WinogradConvolution}: [products, channel groups, inputs, vectors * lanes]. */
public final class WinogradWeights implements PackedWeights {
    /**
     * Output channels that a kernel computes at once.
     *
     * @param channel the first
     * @param vectors how many vectors of them
     * @param offset of their weights among those of one product, in bytes
     */
    record OutputGroup(int channel, int vectors, long offset) {}

    private final List<OutputGroup> groups;
    private final Allocator.Block memory;
    private final Allocator allocator;
    private final int products;
    private final long productBytes;

    private WinogradWeights(
            List<OutputGroup> groups, Allocator.Block memory, Allocator allocator, int products, long productBytes) {
        this.groups = groups;
        this.memory = memory;
        this.allocator = allocator;
        this.products = products;
        this.productBytes = productBytes;
    }

    List<OutputGroup> groups() {
        return groups;
    }

    /** Address of the weights of a group for a product. */
    long address(int product, OutputGroup group) {
        return memory.address() + product * productBytes + group.offset;
    }

    long bytes() {
        return products * productBytes;
    }

    @Override
    public void free() {
        allocator.free(memory);
    }

    /**
     * @param source 3x3 kernels
     * @param flipped whether they are turned by 180 degrees, as for a backward pass
     * @param points along a side of a tile
     */
    public static WinogradWeights pack(DirectWeights.Source source, boolean flipped, int points, Workspace workspace) {
        int inputs = BlockedLayout.blocksOf(source.inputs()) * BlockedLayout.BLOCK;
        int vectors = BlockedLayout.blocksOf(source.outputs()) * BlockedLayout.BLOCK / Lanes.COUNT;
        List<OutputGroup> groups = new ArrayList<>();
        for (int vector = 0; vector < vectors; vector += 2) {
            groups.add(new OutputGroup(
                    vector * Lanes.COUNT, Math.min(2, vectors - vector), (long) vector * inputs * Lanes.BYTES));
        }
        int products = points * points;
        // Off a power of two, so that the products of a kernel do not fall into the same cache set.
        long productBytes = (long) vectors * inputs * Lanes.BYTES + 5L * BlockedLayout.PIXEL_BYTES;
        Allocator.Block memory = workspace.scratch().allocate(products * productBytes);
        workspace.pool().forEach(groups.size(), g -> {
            OutputGroup group = groups.get(g);
            Allocator.Block scratch = workspace.scratch().allocate(Winograd.BETWEEN + 9L * 2 * Lanes.BYTES);
            long kernels = scratch.address() + Winograd.BETWEEN;
            int lanes = group.vectors * Lanes.COUNT;
            for (int i = 0; i < inputs; i++) {
                gather(source, flipped, group, i, kernels);
                for (int v = 0; v < group.vectors; v++) {
                    long to = memory.address() + group.offset + ((long) i * lanes + v * Lanes.COUNT) * Float.BYTES;
                    long kernel = kernels + (long) v * Lanes.BYTES;
                    Winograd.kernel(points, kernel, 2L * Lanes.BYTES, scratch.address(), to, productBytes);
                }
            }
            workspace.scratch().free(scratch);
        });
        return new WinogradWeights(groups, memory, workspace.scratch(), products, productBytes);
    }

    /** Collects the kernels from input {@code i} to the outputs of a group as [9, 2 * lanes], zeros for channels that do not exist. */
    private static void gather(DirectWeights.Source source, boolean flipped, OutputGroup group, int i, long to) {
        int existing =
                i < source.inputs() ? Math.clamp(source.outputs() - group.channel, 0, group.vectors * Lanes.COUNT) : 0;
        if (existing < 2 * Lanes.COUNT) {
            Lanes.zero(to, 9L * 2 * Lanes.BYTES);
        }
        for (int lane = 0; lane < existing; lane++) {
            long kernel = source.kernel(group.channel + lane, i);
            for (int tap = 0; tap < 9; tap++) {
                int from = flipped ? 8 - tap : tap;
                Lanes.set(
                        to + ((long) tap * 2 * Lanes.COUNT + lane) * Float.BYTES,
                        Lanes.get(kernel + (long) from * Float.BYTES));
            }
        }
    }
}
