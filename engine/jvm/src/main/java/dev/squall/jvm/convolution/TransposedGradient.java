package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.DenseKernels;
import dev.squall.jvm.tile.FusedEpilogue;
import dev.squall.jvm.tile.Prefetches;
import dev.squall.jvm.tile.TileSizes;
import dev.squall.jvm.tile.TransposeKernels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The weight gradient of a 1x1 convolution with few positions, as a product of matrices: {@code dw [K, C] = dy, transposed [K, positions] * x [positions, C]}.
 * Each value is multiplied with hundreds of channels, so that it takes next to nothing to transpose dy and to pack x. What is gained: a
 * {@link DenseKernel} has more sums in registers than a {@link dev.squall.jvm.tile.PositionKernel}, and so reads less for each product; and it forms
 * the sums over all positions at once, which are written to dw and nowhere else.
 */
final class TransposedGradient {
    /** The most positions: the packed values of a task and a tile of dy stay in the second-level cache. */
    private static final int MOST_POSITIONS = 800;

    /** Bytes from a channel of the transposed dy to the next, always the same, since a kernel is made for a distance. Off a power of two. */
    private static final int ROW_BYTES = MOST_POSITIONS * Float.BYTES;

    /** Input channels of a group: two vectors. */
    private static final int GROUP = 2 * Lanes.COUNT;

    private static final int GROUP_BYTES = GROUP * Float.BYTES;

    /** Groups of a task: a tile of dy, which is in the nearest cache, is multiplied with all of them. */
    private static final int GROUPS = 4;

    /** Tiles of dy of a task, so many that packing the groups takes little beside. */
    private static final int TILES = 18;

    private static final long[] ONE_TAP = new long[1];

    private final int inputs;
    private final int outputs;
    private final PixelGrid x;
    private final PixelGrid dy;
    /** Offsets of the positions, in x and in dy; those of dy fill squares of vectors, for which the last one is repeated. */
    private final long[] inX;

    private final long[] inDy;
    /** The kernels of each tile of outputs, from the first to the last. */
    private final List<DenseKernels> tiles;

    /** @param rows of x and dy that are summed, of one that {@link #pays} */
    TransposedGradient(int inputs, int outputs, PixelGrid x, PixelGrid dy, GradientRows rows) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.x = x;
        this.dy = dy;
        long[] positions = rows.positions(0, rows.count(), BlockedLayout.PIXEL_BYTES, BlockedLayout.PIXEL_BYTES);
        inX = new long[positions.length / 2];
        Arrays.setAll(inX, i -> positions[2 * i]);
        inDy = new long[Math.ceilDiv(inX.length, Lanes.COUNT) * Lanes.COUNT];
        Arrays.setAll(inDy, i -> positions[2 * Math.min(i, inX.length - 1) + 1]);
        Map<Integer, DenseKernels> ofSize = new HashMap<>();
        tiles = TileSizes.sizes(outputs).stream()
                .map(size -> ofSize.computeIfAbsent(size, s -> new DenseKernels(s, ROW_BYTES, inputs * Float.BYTES)))
                .toList();
    }

    /** Whether the positions of {@code rows} are so few, in rows so short, that this takes less time than to sum row by row. */
    static boolean pays(GradientRows rows) {
        int positions = rows.count() * rows.width();
        return !TapSums.areLong(rows.width()) && positions > 0 && positions <= MOST_POSITIONS;
    }

    /** Writes dw, [K, C] row-major, to {@code target}. */
    void run(long target, Workspace workspace) {
        Allocator.Block transposed = workspace.scratch().allocate((long) outputs * ROW_BYTES);
        long[] columns = new long[Lanes.COUNT];
        Arrays.setAll(columns, i -> (long) i * ROW_BYTES);
        int squares = inDy.length / Lanes.COUNT;
        workspace.pool().forEachSized(outputs / Lanes.COUNT, 2L * inDy.length * Lanes.BYTES, vector -> {
            long from = address(dy, vector * Lanes.COUNT);
            long to = transposed.address() + (long) vector * Lanes.COUNT * ROW_BYTES;
            TransposeKernels.KERNEL.run(from, inDy, Lanes.COUNT, 0, to, columns, 0, Lanes.BYTES, squares);
        });
        int groups = inputs / GROUP;
        int parts = Math.ceilDiv(tiles.size(), TILES);
        workspace.pool().forEach(Math.ceilDiv(groups, GROUPS) * parts, task -> {
            int group = task / parts * GROUPS;
            int part = task % parts;
            multiply(
                    transposed.address(),
                    group,
                    Math.min(groups, group + GROUPS),
                    tiles.size() * part / parts,
                    tiles.size() * (part + 1) / parts,
                    target,
                    workspace);
        });
        workspace.scratch().free(transposed);
    }

    private void multiply(
            long transposed, int fromGroup, int toGroup, int fromTile, int toTile, long target, Workspace workspace) {
        // Off a power of two, so that the groups do not fall into the same cache sets.
        long packedBytes = (long) (inX.length + 5) * GROUP_BYTES;
        Allocator.Block packed = workspace.scratch().allocate((toGroup - fromGroup) * packedBytes);
        for (int group = fromGroup; group < toGroup; group++) {
            pack(group, packed.address() + (group - fromGroup) * packedBytes);
        }
        long rowBytes = (long) inputs * Float.BYTES;
        int channel = tiles.subList(0, fromTile).stream()
                .mapToInt(DenseKernels::positions)
                .sum();
        for (DenseKernels kernels : tiles.subList(fromTile, toTile)) {
            int size = kernels.positions();
            int half = size == 1 ? 0 : TileSizes.half(size);
            long in = transposed + (long) channel * ROW_BYTES;
            for (int group = fromGroup; group < toGroup; group++) {
                long out = target + channel * rowBytes + (long) group * GROUP_BYTES;
                kernels.of(2, Prefetches.NONE)
                        .run(
                                in,
                                in + (long) half * ROW_BYTES,
                                ONE_TAP,
                                1,
                                inX.length,
                                packed.address() + (group - fromGroup) * packedBytes,
                                out,
                                out + half * rowBytes,
                                Lanes.BYTES,
                                FusedEpilogue.NONE,
                                DenseKernel.NO_BIAS,
                                ROW_BYTES,
                                rowBytes,
                                Prefetches.NONE);
            }
            channel += size;
        }
        workspace.scratch().free(packed);
    }

    /** Copies the channels of a group, [positions, GROUP], to {@code to}. */
    private void pack(int group, long to) {
        long first = address(x, group * GROUP);
        long second = address(x, group * GROUP + Lanes.COUNT);
        for (int i = 0; i < inX.length; i++) {
            long at = to + (long) i * GROUP_BYTES;
            Lanes.store(at, Lanes.load(first + inX[i]));
            Lanes.store(at + Lanes.BYTES, Lanes.load(second + inX[i]));
        }
    }

    /** Address of the vector of channels from {@code channel} on, at the first pixel of the images. */
    private static long address(PixelGrid grid, int channel) {
        return grid.at(0, channel / BlockedLayout.BLOCK, 0, 0) + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
