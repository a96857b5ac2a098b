package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.TileSizes;
import dev.squall.jvm.tile.TransposeKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Weights of a {@link TapWindow} for {@link DenseKernel}: for each group of output channels [pieces, taps, depth, vectors * lanes], with zeros where
 * a channel is padding or belongs to another group of the convolution. A piece is {@code depth} input channels: a block, or a part of one where
 * blocks would be filled up with many zeros.
 */
public final class DirectWeights implements PackedWeights {
    /** Taps (of 16 input channels each) packed at once. */
    private static final int SPAN_TAPS = 8;

    /**
     * What a tile of one vector takes for each input channel, where one of two vectors takes 2: it reads as many positions for half the sums. Where
     * registers are few it also waits for these, so that nothing is gained.
     */
    private static final double ALONE = TileSizes.FEW_REGISTERS ? 2 : 1.2;

    /** Input channels of the smallest piece. */
    private static final int LEAST_PIECE = 4;

    /** What it takes to begin with the next piece, in input channels: the addresses of all positions anew where they are in registers. */
    private static final double ANEW = TileSizes.FEW_REGISTERS ? 3 : 0.5;

    /**
     * Output channels that a kernel computes at once.
     *
     * @param channel the first
     * @param vectors how many vectors of them, 1 or 2
     * @param firstPiece the first piece of the input channels they are computed from
     * @param pieces how many
     * @param weights address of the packed weights
     */
    public record ChannelGroup(int channel, int vectors, int firstPiece, int pieces, long weights) {}

    private final List<ChannelGroup> groups;
    private final int depth;
    private final long bytes;
    private final Allocator.Block memory;
    private final Allocator allocator;

    private DirectWeights(
            List<ChannelGroup> groups, int depth, long bytes, Allocator.Block memory, Allocator allocator) {
        this.groups = groups;
        this.depth = depth;
        this.bytes = bytes;
        this.memory = memory;
        this.allocator = allocator;
    }

    public List<ChannelGroup> groups() {
        return groups;
    }

    /** Input channels of a piece: all that colour images have, else a divisor of 16. */
    int depth() {
        return depth;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void free() {
        allocator.free(memory);
    }

    /**
     * Row-major weights [outputs, inputs per group, kernel], or [inputs, outputs per group, kernel] where transposed.
     *
     * @param address of the first value
     * @param outputs output channels of all groups
     * @param inputs input channels of all groups
     * @param groups into which the channels are divided
     * @param kernelWidth columns of the kernel
     * @param kernelSize elements of the kernel
     * @param transposed whether inputs are outermost, as they are to a backward pass
     */
    public record Source(
            long address, int outputs, int inputs, int groups, int kernelWidth, int kernelSize, boolean transposed) {
        /** The weights of a convolution, [K, C/groups, kernelH, kernelW], seen from its images or from its output gradients. */
        public static Source of(JvmStorage w, int groups, boolean transposed) {
            int k = w.shape().dim(0);
            int c = w.shape().dim(1) * groups;
            int width = w.shape().dim(3);
            int size = w.shape().dim(2) * width;
            return new Source(w.address(), transposed ? c : k, transposed ? k : c, groups, width, size, transposed);
        }

        int outputsPerGroup() {
            return outputs / groups;
        }

        int inputsPerGroup() {
            return inputs / groups;
        }

        /** Bytes from the kernel of an input to that of the next. */
        public long inputBytes() {
            return (transposed ? outputsPerGroup() : 1L) * kernelSize * Float.BYTES;
        }

        /** Address of the kernel from input {@code i} of its group to output {@code out}. */
        public long kernel(int out, int i) {
            long index = transposed
                    ? (long) (out / outputsPerGroup() * inputsPerGroup() + i) * outputsPerGroup()
                            + out % outputsPerGroup()
                    : (long) out * inputsPerGroup() + i;
            return address + index * kernelSize * Float.BYTES;
        }
    }

    /** In pieces that are whole blocks. */
    public static DirectWeights pack(Source source, List<TapWindow.Tap> taps, Workspace workspace) {
        return pack(source, taps, BlockedLayout.BLOCK, workspace);
    }

    /** In pieces as small as pays. */
    public static DirectWeights packInPieces(Source source, List<TapWindow.Tap> taps, Workspace workspace) {
        return pack(source, taps, taps.size() == 1 ? piece(source) : BlockedLayout.BLOCK, workspace);
    }

    /** The size of the pieces that take the least time: with small ones few channels are read in vain, but each takes some time of its own. */
    private static int piece(Source source) {
        int best = BlockedLayout.BLOCK;
        if (source.inputs <= best) {
            return best;
        }
        double least = Double.MAX_VALUE;
        for (int depth = BlockedLayout.BLOCK; depth >= LEAST_PIECE; depth /= 2) {
            double cost = 0;
            for (int g = 0; g < source.groups; g++) {
                int first = g * source.inputsPerGroup() / depth;
                cost += (Math.ceilDiv((g + 1) * source.inputsPerGroup(), depth) - first) * (depth + ANEW);
            }
            if (cost < least) {
                best = depth;
                least = cost;
            }
        }
        return best;
    }

    private static DirectWeights pack(Source source, List<TapWindow.Tap> taps, int piece, Workspace workspace) {
        int vectors = BlockedLayout.blocksOf(source.outputs) * BlockedLayout.BLOCK / Lanes.COUNT;
        int depth = Math.min(piece, source.inputs);
        List<ChannelGroup> groups = new ArrayList<>();
        long bytes = 0;
        for (int vector = 0; vector < vectors; ) {
            ChannelGroup group = group(source, depth, vector * Lanes.COUNT, vector + 1 < vectors, bytes);
            groups.add(group);
            bytes += (long) group.pieces * taps.size() * depth * group.vectors * Lanes.BYTES;
            vector += group.vectors;
        }
        Allocator.Block memory = workspace.scratch().allocate(bytes);
        groups.replaceAll(
                g -> new ChannelGroup(g.channel, g.vectors, g.firstPiece, g.pieces, memory.address() + g.weights));
        boolean isProduct = source.transposed && source.kernelSize == 1 && taps.size() == 1 && source.groups == 1;
        if (isProduct && depth == BlockedLayout.BLOCK) {
            workspace
                    .pool()
                    .forEach(groups.getFirst().pieces, block -> groups.forEach(g -> copyRows(source, block, g)));
        } else {
            workspace.pool().forEach(groups.size(), i -> pack(source, taps, depth, groups.get(i)));
        }
        return new DirectWeights(groups, depth, bytes, memory, workspace.scratch());
    }

    /** The vector that begins with {@code channel}, and the next if there is one and both take less time together, over the pieces of both. */
    private static ChannelGroup group(Source source, int depth, int channel, boolean hasNext, long offset) {
        ChannelGroup one = group(source, depth, channel, 1, offset);
        if (!hasNext) {
            return one;
        }
        ChannelGroup next = group(source, depth, channel + Lanes.COUNT, 1, offset);
        ChannelGroup pair = group(source, depth, channel, 2, offset);
        return 2 * pair.pieces <= ALONE * (one.pieces + next.pieces) ? pair : one;
    }

    private static ChannelGroup group(Source source, int depth, int channel, int vectors, long offset) {
        int last = Math.min(source.outputs, channel + vectors * Lanes.COUNT) - 1;
        int firstIn = Math.min(channel, last) / source.outputsPerGroup() * source.inputsPerGroup();
        int lastIn = (last / source.outputsPerGroup() + 1) * source.inputsPerGroup() - 1;
        int firstPiece = firstIn / depth;
        return new ChannelGroup(channel, vectors, firstPiece, lastIn / depth - firstPiece + 1, offset);
    }

    /** Packs the weights of a 1x1 kernel from a block of inputs to a group, which are neighbours in the source. */
    private static void copyRows(Source source, int block, ChannelGroup group) {
        long rowBytes = (long) group.vectors * Lanes.BYTES;
        long existing = Math.clamp((long) (source.outputs - group.channel) * Float.BYTES, 0, rowBytes);
        int first = block * BlockedLayout.BLOCK;
        int count = Math.min(BlockedLayout.BLOCK, source.inputs - first);
        long from = source.kernel(group.channel, first);
        long to = group.weights + first * rowBytes;
        if (count < BlockedLayout.BLOCK || existing < rowBytes) {
            Lanes.zero(to, BlockedLayout.BLOCK * rowBytes);
        }
        for (int i = 0; i < count; i++, from += source.inputBytes(), to += rowBytes) {
            if (existing < rowBytes) {
                Lanes.copy(from, to, existing);
                continue;
            }
            for (long lane = 0; lane < rowBytes; lane += Lanes.BYTES) {
                Lanes.store(to + lane, Lanes.load(from + lane));
            }
        }
    }

    private static void pack(Source source, List<TapWindow.Tap> taps, int depth, ChannelGroup group) {
        int lanes = group.vectors * Lanes.COUNT;
        long tapBytes = (long) depth * group.vectors * Lanes.BYTES;
        long pieceBytes = taps.size() * tapBytes;
        int existing = Math.clamp(source.outputs - group.channel, 0, lanes);
        boolean isFull = existing == lanes && source.groups == 1 && source.inputs == group.pieces * depth;
        if (!isFull) {
            Lanes.zero(group.weights, group.pieces * pieceBytes);
        }
        // Some pieces at a time, which stay in the nearest cache however their weights lie in the source.
        int span = Math.min(group.pieces, Math.max(1, SPAN_TAPS / Math.max(1, taps.size()))) * depth;
        long[] from = new long[span * taps.size()];
        long[] to = new long[from.length];
        boolean isOrdered = true;
        for (int i = 0; i < from.length; i++) {
            int in = i / taps.size();
            TapWindow.Tap tap = taps.get(i % taps.size());
            from[i] = in * source.inputBytes()
                    + (long) (tap.kernelY() * source.kernelWidth + tap.kernelX()) * Float.BYTES;
            to[i] = in / depth * pieceBytes + (long) (in % depth) * lanes * Float.BYTES + i % taps.size() * tapBytes;
            isOrdered &= from[i] == (long) i * Float.BYTES;
        }
        // Squares of neighbours of neighbouring output channels, where nothing is cut off and the source is in the same
        // order.
        boolean inSquares = isFull && isOrdered && depth % Lanes.COUNT == 0;
        long[] rows = new long[Lanes.COUNT];
        Arrays.setAll(rows, row -> row * source.inputs * source.inputBytes());
        for (int piece = 0; piece < group.pieces; piece += span / depth) {
            int firstOfSpan = (group.firstPiece + piece) * depth;
            for (int lane = 0; lane < existing; lane += inSquares ? Lanes.COUNT : 1) {
                int out = group.channel + lane;
                int firstIn = out / source.outputsPerGroup() * source.inputsPerGroup();
                int first = Math.max(firstIn - firstOfSpan, 0) * taps.size();
                int end = Math.min(firstIn + source.inputsPerGroup() - firstOfSpan, span) * taps.size();
                long kernels = source.kernel(out, 0) + (firstOfSpan - firstIn) * source.inputBytes();
                long target = group.weights + piece * pieceBytes + (long) lane * Float.BYTES;
                if (inSquares) {
                    int squares = end / Lanes.COUNT;
                    TransposeKernels.KERNEL.run(kernels, rows, 0, Lanes.BYTES, target, to, Lanes.COUNT, 0, squares);
                } else {
                    Lanes.move(kernels, from, target, to, first, end);
                }
            }
        }
    }
}
