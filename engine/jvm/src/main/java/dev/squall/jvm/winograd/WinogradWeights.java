package dev.squall.jvm.winograd;

import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.TransposeKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Transformed 3x3 kernels for {@link WinogradConvolution}: [values of a kernel, channel groups, inputs, vectors * lanes]. */
public final class WinogradWeights implements PackedWeights {
    /**
     * Output channels that a kernel computes at once.
     *
     * @param channel the first
     * @param vectors how many vectors of them
     * @param offset of their weights among those of one value of the kernels, in bytes
     */
    record OutputGroup(int channel, int vectors, long offset) {}

    /** Bytes of the kernels from an input to the outputs of a group. */
    private static final long KERNEL_BYTES = 9L * 2 * Lanes.BYTES;

    private final List<OutputGroup> groups;
    private final Allocator.Block memory;
    private final Allocator allocator;
    private final int values;
    private final long valueBytes;

    private WinogradWeights(
            List<OutputGroup> groups, Allocator.Block memory, Allocator allocator, int values, long valueBytes) {
        this.groups = groups;
        this.memory = memory;
        this.allocator = allocator;
        this.values = values;
        this.valueBytes = valueBytes;
    }

    List<OutputGroup> groups() {
        return groups;
    }

    /** Address of the weights of a group for a value of the kernels. */
    long address(int value, OutputGroup group) {
        return memory.address() + value * valueBytes + group.offset;
    }

    long bytes() {
        return values * valueBytes;
    }

    @Override
    public void free() {
        allocator.free(memory);
    }

    /**
     * @param source 3x3 kernels
     * @param flipped whether they are turned by 180 degrees, as for a backward pass
     * @param transform of theirs
     */
    public static WinogradWeights pack(
            DirectWeights.Source source, boolean flipped, KernelTransform transform, Workspace workspace) {
        int inputs = BlockedLayout.blocksOf(source.inputs()) * BlockedLayout.BLOCK;
        int vectors = BlockedLayout.blocksOf(source.outputs()) * BlockedLayout.BLOCK / Lanes.COUNT;
        List<OutputGroup> groups = new ArrayList<>();
        for (int vector = 0; vector < vectors; vector += 2) {
            groups.add(new OutputGroup(
                    vector * Lanes.COUNT, Math.min(2, vectors - vector), (long) vector * inputs * Lanes.BYTES));
        }
        int values = transform.kernels();
        // Off a power of two, so that the values of a kernel do not fall into the same cache set.
        long valueBytes = (long) vectors * inputs * Lanes.BYTES + 5L * BlockedLayout.PIXEL_BYTES;
        Allocator.Block memory = workspace.scratch().allocate(values * valueBytes);
        workspace.pool().forEach(groups.size(), g -> {
            OutputGroup group = groups.get(g);
            Allocator.Block scratch =
                    workspace.scratch().allocate(Winograd.BETWEEN + 2 * BlockedLayout.BLOCK * KERNEL_BYTES);
            long kernels = scratch.address() + Winograd.BETWEEN;
            int lanes = group.vectors * Lanes.COUNT;
            for (int first = 0; first < inputs; first += BlockedLayout.BLOCK) {
                gather(source, flipped, group, first, kernels);
                for (int i = 0; i < BlockedLayout.BLOCK * group.vectors; i++) {
                    int input = first + i / group.vectors;
                    int v = i % group.vectors;
                    long to = memory.address() + group.offset + ((long) input * lanes + v * Lanes.COUNT) * Float.BYTES;
                    long kernel = kernels + i / group.vectors * KERNEL_BYTES + (long) v * Lanes.BYTES;
                    transform.run(kernel, 2L * Lanes.BYTES, scratch.address(), to, valueBytes);
                }
            }
            workspace.scratch().free(scratch);
        });
        return new WinogradWeights(groups, memory, workspace.scratch(), values, valueBytes);
    }

    /** Collects the kernels from a block of inputs to the outputs of a group as [16, 9, 2 * lanes], which as many bytes of no meaning follow. */
    private static void gather(DirectWeights.Source source, boolean flipped, OutputGroup group, int first, long to) {
        boolean isFull = first + BlockedLayout.BLOCK <= source.inputs()
                && group.channel + group.vectors * Lanes.COUNT <= source.outputs();
        for (int v = 0; v < group.vectors && isFull && !source.transposed(); v++) {
            // Of an output channel all values of these inputs are neighbours.
            long[] rows = new long[Lanes.COUNT];
            Arrays.setAll(rows, lane -> (long) lane * source.inputs() * 9 * Float.BYTES);
            long[] columns = new long[9 * BlockedLayout.BLOCK];
            Arrays.setAll(columns, i -> (i / 9 * 9 + tap(i % 9, flipped)) * 2L * Lanes.BYTES);
            long from = source.kernel(group.channel + v * Lanes.COUNT, first);
            long target = to + (long) v * Lanes.BYTES;
            int squares = columns.length / Lanes.COUNT;
            TransposeKernels.KERNEL.run(from, rows, 0, Lanes.BYTES, target, columns, Lanes.COUNT, 0, squares);
        }
        for (int v = 0; v < group.vectors && isFull && source.transposed(); v++) {
            gatherTransposed(source, flipped, group.channel + v * Lanes.COUNT, first, to + (long) v * Lanes.BYTES);
        }
        // Squares read beyond the kernels of the last input, where there may be no memory.
        boolean isLast = first + BlockedLayout.BLOCK == source.inputs()
                && group.channel + group.vectors * Lanes.COUNT == source.outputs();
        int done = !isFull ? 0 : BlockedLayout.BLOCK - (source.transposed() && isLast ? 1 : 0);
        for (int i = done; i < BlockedLayout.BLOCK; i++) {
            gatherSingly(source, flipped, group, first + i, to + i * KERNEL_BYTES);
        }
    }

    private static int tap(int tap, boolean flipped) {
        return flipped ? 8 - tap : tap;
    }

    /** From a block of inputs, which are outermost: of one of them the kernels to all outputs are neighbours. The last is left out if it is the very last. */
    private static void gatherTransposed(
            DirectWeights.Source source, boolean flipped, int channel, int first, long to) {
        boolean isLast = first + BlockedLayout.BLOCK == source.inputs() && channel + Lanes.COUNT == source.outputs();
        int inputs = BlockedLayout.BLOCK - (isLast ? 1 : 0);
        long[] rows = new long[Lanes.COUNT];
        Arrays.setAll(rows, lane -> lane * 9L * Float.BYTES);
        for (int t = 0; t < 9; t += Lanes.COUNT) {
            int tap = t;
            long[] columns = new long[Lanes.COUNT];
            // Behind a kernel comes the next one, of no use here.
            Arrays.setAll(
                    columns,
                    c -> tap + c < 9 ? tap(tap + c, flipped) * 2L * Lanes.BYTES : BlockedLayout.BLOCK * KERNEL_BYTES);
            long from = source.kernel(channel, first) + (long) tap * Float.BYTES;
            TransposeKernels.KERNEL.run(from, rows, 0, source.inputBytes(), to, columns, 0, KERNEL_BYTES, inputs);
        }
    }

    /** From input {@code i}, as [9, 2 * lanes], zeros for channels that do not exist. */
    private static void gatherSingly(DirectWeights.Source source, boolean flipped, OutputGroup group, int i, long to) {
        int existing =
                i < source.inputs() ? Math.clamp(source.outputs() - group.channel, 0, group.vectors * Lanes.COUNT) : 0;
        if (existing < 2 * Lanes.COUNT) {
            Lanes.zero(to, 9L * 2 * Lanes.BYTES);
        }
        for (int lane = 0; lane < existing; lane++) {
            long kernel = source.kernel(group.channel + lane, i);
            for (int tap = 0; tap < 9; tap++) {
                int from = tap(tap, flipped);
                Lanes.set(
                        to + ((long) tap * 2 * Lanes.COUNT + lane) * Float.BYTES,
                        Lanes.get(kernel + (long) from * Float.BYTES));
            }
        }
    }
}
