package dev.squall.jvm.convolution;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.tile.GradientKernels;
import dev.squall.jvm.tile.Prefetches;
import dev.squall.jvm.tile.TileSizes;

/**
 * The sums of one tap of a weight gradient, part by part of its rows. Where rows are short, it takes their positions one by one: to begin a row takes as
 * long as half a position or one, and as long again where the processor does not foresee the end of the row before.
 */
final class TapSums {
    /** Positions of the shortest rows that are summed as such: all, where there are no registers for the other kernel's addresses. */
    private static final int LEAST_ROW = TileSizes.FEW_REGISTERS ? 0 : 28;

    private final GradientRows rows;
    private final GradientTasks tasks;
    private final GradientKernels kernels;
    /** For each part the offsets of its positions in turn, in the input and in the gradient; empty where rows are long. */
    private final long[][] positions;

    TapSums(GradientRows rows, GradientTasks tasks, GradientKernels kernels) {
        this.rows = rows;
        this.tasks = tasks;
        this.kernels = kernels;
        positions = new long[areLong(rows.width()) ? 0 : tasks.parts()][];
        for (int part = 0; part < positions.length; part++) {
            positions[part] = rows.positions(
                    tasks.first(rows, part), tasks.first(rows, part + 1), kernels.inStep(), kernels.gradientStep());
        }
    }

    /** Whether rows of {@code width} positions are summed as such, which is what can prefetch. */
    static boolean areLong(int width) {
        return width >= LEAST_ROW;
    }

    /**
     * Forms the sums of a tile and a part, or adds to them.
     *
     * @param in the first channel of the tile at the first pixel of the images
     * @param gradient the first vector there
     * @param second bytes from it to the second
     * @param sums of the tile
     * @param prefetches what to bring near meanwhile, where rows are long
     */
    void add(
            int tile,
            int part,
            long in,
            long gradient,
            long second,
            long sums,
            boolean accumulate,
            Prefetches prefetches) {
        if (positions.length == 0) {
            int from = tasks.first(rows, part);
            int to = tasks.first(rows, part + 1);
            long ahead = prefetches.next((to - from) * rows.width() / 2);
            kernels.of(tile, ahead)
                    .run(in, rows.x(), gradient, rows.dy(), second, from, to, rows.width(), sums, accumulate, ahead);
        } else if (positions[part].length > 0) {
            kernels.ofPositions(tile)
                    .run(in, gradient, second, positions[part], positions[part].length / 2, sums, accumulate);
        } else if (!accumulate) {
            Lanes.zero(sums, kernels.bytes(tile));
        }
    }
}
