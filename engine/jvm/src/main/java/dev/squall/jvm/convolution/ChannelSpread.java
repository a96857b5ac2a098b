package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.loop.FrameKernels;
import dev.squall.jvm.runtime.Lanes;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShuffle;
import org.jspecify.annotations.Nullable;

/**
 * Which input channels the lanes of a block of outputs take from: of the i-th plane of its frame, a lane holds the i-th channel of its own group. With
 * the inputs laid out so, groups of a few channels are summed as a depthwise convolution is, all lanes side by side, and no lane ever meets a channel
 * of another group: not even to multiply it by zero, which would make a NaN there a NaN here.
 *
 * @param outputs output channels of all groups
 * @param outputsPerGroup output channels of each
 * @param inputsPerGroup input channels of each, and so how many planes there are
 */
record ChannelSpread(int outputs, int outputsPerGroup, int inputsPerGroup) {
    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Each output takes from the input channel in its own place. */
    static final ChannelSpread NONE = new ChannelSpread(0, 1, 1);

    /**
     * Whether the groups that are computed together lie in one vector of the outputs and in the same one of the inputs: then lanes are brought into order
     * as they are read, and no planes need to be written.
     */
    boolean isWithinVectors() {
        return isWithinVectors(outputsPerGroup, inputsPerGroup);
    }

    static boolean isWithinVectors(int outputsPerGroup, int inputsPerGroup) {
        return inputsPerGroup > 1 && outputsPerGroup == inputsPerGroup && Lanes.COUNT % inputsPerGroup == 0;
    }

    /** By their differences, the orders of lanes in which each holds the channel of its group whose number differs from its own in the bits of one number. */
    @SuppressWarnings("unchecked")
    VectorShuffle<Float>[] orders() {
        return IntStream.range(0, inputsPerGroup)
                .mapToObj(i -> VectorShuffle.fromOp(Lanes.SPECIES, lane -> lane ^ i))
                .toArray(VectorShuffle[]::new);
    }

    /** Whether the inputs are the plane themselves. */
    boolean isIdentity() {
        return inputsPerGroup == 1 && outputsPerGroup == 1;
    }

    /** The input channel that output channel {@code k} takes from plane {@code i}; -1 for a channel that only fills up the last block. */
    private int source(int k, int i) {
        return k < outputs ? k / outputsPerGroup * inputsPerGroup + i : -1;
    }

    /** Lanes {@code lane} and on of a plane of a block, as far as one vector goes. */
    final class Part {
        final int[] sources = new int[Lanes.COUNT];
        final @Nullable VectorShuffle<Float> shuffle;

        Part(int channel, int i) {
            boolean isOne = true;
            for (int lane = 0; lane < sources.length; lane++) {
                sources[lane] = source(channel + lane, i);
                isOne &= sources[lane] >= 0 && sources[lane] / Lanes.COUNT == sources[0] / Lanes.COUNT;
            }
            shuffle = isOne ? VectorShuffle.fromOp(Lanes.SPECIES, lane -> sources[lane] % Lanes.COUNT) : null;
        }

        void row(PixelGrid input, int image, int y, int count, long to) {
            if (shuffle != null) {
                FrameKernels.rearrange(
                        address(input, image, sources[0] / Lanes.COUNT * Lanes.COUNT, y), shuffle, count, to);
                return;
            }
            for (int lane = 0; lane < sources.length; lane++) {
                long place = to + (long) lane * Float.BYTES;
                long from = sources[lane] < 0 ? 0 : address(input, image, sources[lane], y);
                FrameKernels.lane(from, count, place);
            }
        }

        private long address(PixelGrid input, int image, int channel, int y) {
            return input.at(image, channel / BLOCK, y, 0) + (long) (channel % BLOCK) * Float.BYTES;
        }
    }

    /** The parts of a block, by plane and vector. */
    Part[][] parts(int block) {
        Part[][] parts = new Part[inputsPerGroup][BLOCK / Lanes.COUNT];
        for (int i = 0; i < inputsPerGroup; i++) {
            for (int v = 0; v < parts[i].length; v++) {
                parts[i][v] = new Part(block * BLOCK + v * Lanes.COUNT, i);
            }
        }
        return parts;
    }

    /** Writes the pixels of a row of the images into one of the planes of a block. */
    static void row(Part[] parts, PixelGrid input, int image, int y, int count, long to) {
        for (int v = 0; v < parts.length; v++) {
            parts[v].row(input, image, y, count, to + (long) v * Lanes.BYTES);
        }
    }
}
