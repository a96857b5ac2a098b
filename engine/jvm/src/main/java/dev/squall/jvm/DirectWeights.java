package dev.squall.jvm;

import java.util.ArrayList;
import java.util.List;

/**
 * Weights of a {@link Window} for {@link DenseKernel}: for each group of output channels [input blocks, taps, depth, vectors * lanes],
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
    private final int depth;
    private final Allocator.Block memory;
    private final Allocator allocator;

    private DirectWeights(List<ChannelGroup> groups, int depth, Allocator.Block memory, Allocator allocator) {
        this.groups = groups;
        this.depth = depth;
        this.memory = memory;
        this.allocator = allocator;
    }

    List<ChannelGroup> groups() {
        return groups;
    }

    /** Input channels of a tap: 16, or fewer where the images have fewer, as colour images do. */
    int depth() {
        return depth;
    }

    long bytes() {
        return memory.capacity();
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
    record Source(
            long address, int outputs, int inputs, int groups, int kernelWidth, int kernelSize, boolean transposed) {
        /** The weights of a convolution, [K, C/groups, kernelH, kernelW], seen from its images or from its output gradients. */
        static Source of(JvmStorage w, int groups, boolean transposed) {
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

        /** Address of the kernel from input {@code i} of its group to output {@code out}. */
        long kernel(int out, int i) {
            long index = transposed
                    ? (long) (out / outputsPerGroup() * inputsPerGroup() + i) * outputsPerGroup()
                            + out % outputsPerGroup()
                    : (long) out * inputsPerGroup() + i;
            return address + index * kernelSize * Float.BYTES;
        }
    }

    static DirectWeights pack(Source source, List<Window.Tap> taps, JvmBackend backend) {
        int vectors = BlockedLayout.blocksOf(source.outputs) * BlockedLayout.BLOCK / Lanes.COUNT;
        boolean pairs = source.groups == 1
                || Lanes.COUNT < BlockedLayout.BLOCK
                || source.outputsPerGroup() % (2 * Lanes.COUNT) == 0;
        int depth = Math.min(BlockedLayout.BLOCK, Math.ceilDiv(source.inputs, 4) * 4);
        List<ChannelGroup> groups = new ArrayList<>();
        long size = 0;
        for (int vector = 0; vector < vectors; ) {
            int count = pairs && vector + 1 < vectors ? 2 : 1;
            ChannelGroup group = group(source, vector * Lanes.COUNT, count, size);
            groups.add(group);
            size += (long) group.blocks * taps.size() * depth * count * Lanes.BYTES;
            vector += count;
        }
        Allocator.Block memory = backend.scratch().allocate(size);
        groups.replaceAll(
                g -> new ChannelGroup(g.channel, g.vectors, g.firstBlock, g.blocks, memory.address() + g.weights));
        backend.pool().forEach(groups.size(), i -> pack(source, taps, depth, groups.get(i)));
        return new DirectWeights(groups, depth, memory, backend.scratch());
    }

    private static ChannelGroup group(Source source, int channel, int vectors, long offset) {
        int last = Math.min(source.outputs, channel + vectors * Lanes.COUNT) - 1;
        int firstIn = Math.min(channel, last) / source.outputsPerGroup() * source.inputsPerGroup();
        int lastIn = (last / source.outputsPerGroup() + 1) * source.inputsPerGroup() - 1;
        int firstBlock = firstIn / BlockedLayout.BLOCK;
        return new ChannelGroup(channel, vectors, firstBlock, lastIn / BlockedLayout.BLOCK - firstBlock + 1, offset);
    }

    private static void pack(Source source, List<Window.Tap> taps, int depth, ChannelGroup group) {
        int lanes = group.vectors * Lanes.COUNT;
        long tapBytes = (long) depth * group.vectors * Lanes.BYTES;
        long blockBytes = taps.size() * tapBytes;
        Lanes.zero(group.weights, group.blocks * blockBytes);
        int existing = Math.clamp(source.outputs - group.channel, 0, lanes);
        if (source.transposed && source.kernelSize == 1 && taps.size() == 1 && source.groups == 1) {
            for (int i = 0; i < source.inputs; i++) {
                Lanes.copy(
                        source.kernel(group.channel, i),
                        group.weights + (long) i * lanes * Float.BYTES,
                        (long) existing * Float.BYTES);
            }
            return;
        }
        long[] tapOffsets = taps.stream()
                .mapToLong(tap -> (long) (tap.kernelY() * source.kernelWidth + tap.kernelX()) * Float.BYTES)
                .toArray();
        // A block at a time, which stays in the nearest cache however its weights lie in the source.
        for (int block = 0; block < group.blocks; block++) {
            for (int lane = 0; lane < existing; lane++) {
                int out = group.channel + lane;
                int firstIn = out / source.outputsPerGroup() * source.inputsPerGroup();
                int firstOfBlock = (group.firstBlock + block) * BlockedLayout.BLOCK;
                int from = Math.max(firstIn, firstOfBlock);
                int to = Math.min(firstIn + source.inputsPerGroup(), firstOfBlock + BlockedLayout.BLOCK);
                long target = group.weights + block * blockBytes + (long) lane * Float.BYTES;
                for (int in = from; in < to; in++) {
                    long kernel = source.kernel(out, in - firstIn);
                    long at = target + (long) (in - firstOfBlock) * lanes * Float.BYTES;
                    for (long tapOffset : tapOffsets) {
                        Lanes.set(at, Lanes.get(kernel + tapOffset));
                        at += tapBytes;
                    }
                }
            }
        }
    }
}
