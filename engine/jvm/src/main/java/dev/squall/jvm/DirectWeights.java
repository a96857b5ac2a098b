package dev.squall.jvm;

import java.util.ArrayList;
import java.util.List;

/**
 * Weights of a {@link Window} for {@link DenseKernel}: for each group of output channels [input blocks, taps, 16, vectors * lanes],
 * with zeros where a channel is padding or belongs to another group of the convolution.
 */
final class DirectWeights implements PackedWeights {
    /**
     * Output channels that a kernel computes at once.
     *
     * @param channel the first
     * @param vectors how many vectors of them, 1 or 2
     * @param firstBlock the first input block they are computed from
     * @param blocks how many input blocks
     * @param weights address of the packed weights
     */
    record ChannelGroup(int channel, int vectors, int firstBlock, int blocks, long weights) {}

    private final List<ChannelGroup> groups;
    private final Allocator.Block memory;
    private final Allocator allocator;

    private DirectWeights(List<ChannelGroup> groups, Allocator.Block memory, Allocator allocator) {
        this.groups = groups;
        this.memory = memory;
        this.allocator = allocator;
    }

    List<ChannelGroup> groups() {
        return groups;
    }

    long bytes() {
        return memory.capacity();
    }

    @Override
    public void free() {
        allocator.free(memory);
    }

    /**
     * Packs {@code w}, [K, C/groups, kernelH, kernelW].
     *
     * @param transposed whether the output channels are C and the input channels K, as in a backward pass
     */
    static DirectWeights pack(JvmStorage w, int convolutionGroups, List<Window.Tap> taps, boolean transposed, JvmBackend backend) {
        int outPerGroup = transposed ? w.shape().dim(1) : w.shape().dim(0) / convolutionGroups;
        int inPerGroup = transposed ? w.shape().dim(0) / convolutionGroups : w.shape().dim(1);
        int outVectors = BlockedLayout.blocksOf(outPerGroup * convolutionGroups) * BlockedLayout.BLOCK / Lanes.COUNT;
        boolean pairs = convolutionGroups == 1 || Lanes.COUNT < BlockedLayout.BLOCK || outPerGroup % (2 * Lanes.COUNT) == 0;
        int outChannels = outPerGroup * convolutionGroups;

        List<ChannelGroup> groups = new ArrayList<>();
        long size = 0;
        for (int vector = 0; vector < outVectors; ) {
            int vectors = pairs && vector + 1 < outVectors ? 2 : 1;
            int first = vector * Lanes.COUNT;
            int last = Math.min(outChannels, first + vectors * Lanes.COUNT) - 1;
            int firstIn = Math.min(first, last) / outPerGroup * inPerGroup;
            int lastIn = (last / outPerGroup + 1) * inPerGroup - 1;
            int firstBlock = firstIn / BlockedLayout.BLOCK;
            int blocks = lastIn / BlockedLayout.BLOCK - firstBlock + 1;
            groups.add(new ChannelGroup(first, vectors, firstBlock, blocks, size));
            size += (long) blocks * taps.size() * tapBytes(vectors);
            vector += vectors;
        }
        Allocator.Block memory = backend.scratch().allocate(size);
        groups.replaceAll(g ->
                new ChannelGroup(g.channel, g.vectors, g.firstBlock, g.blocks, memory.address() + g.weights));
        backend.pool().forEach(groups.size(), i -> pack(w, outPerGroup, inPerGroup, outChannels, taps, transposed, groups.get(i)));
        return new DirectWeights(groups, memory, backend.scratch());
    }

    /** Bytes of one tap of one input block. */
    static long tapBytes(int vectors) {
        return (long) BlockedLayout.BLOCK * vectors * Lanes.BYTES;
    }

    private static void pack(
            JvmStorage w,
            int outPerGroup,
            int inPerGroup,
            int outChannels,
            List<Window.Tap> taps,
            boolean transposed,
            ChannelGroup group) {
        int kernelWidth = w.shape().dim(3);
        int kernelSize = w.shape().dim(2) * kernelWidth;
        int perOutput = w.shape().dim(1);
        int lanes = group.vectors * Lanes.COUNT;
        long tapBytes = tapBytes(group.vectors);
        Lanes.zero(group.weights, group.blocks * taps.size() * tapBytes);
        for (int lane = 0; lane < lanes && group.channel + lane < outChannels; lane++) {
            int out = group.channel + lane;
            int convolutionGroup = out / outPerGroup;
            for (int i = 0; i < inPerGroup; i++) {
                int in = convolutionGroup * inPerGroup + i;
                long kernel = transposed
                        ? (long) in * perOutput + out % outPerGroup
                        : (long) out * perOutput + i;
                long from = w.address() + kernel * kernelSize * Float.BYTES;
                long block = in / BlockedLayout.BLOCK - group.firstBlock;
                long to = group.weights
                        + block * taps.size() * tapBytes
                        + ((long) (in % BlockedLayout.BLOCK) * lanes + lane) * Float.BYTES;
                for (Window.Tap tap : taps) {
                    Lanes.set(to, Lanes.get(from + (long) (tap.kernelY() * kernelWidth + tap.kernelX()) * Float.BYTES));
                    to += tapBytes;
                }
            }
        }
    }
}
