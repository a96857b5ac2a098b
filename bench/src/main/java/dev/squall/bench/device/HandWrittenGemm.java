package dev.squall.bench.device;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The product of two square matrices in OpenCL C, see {@code gemm.cl}, at its best: the shape of a work-group, and which pages of memory the
 * matrices happen to get, change its speed by up to a half, so it tries several of each and goes on with the fastest.
 */
final class HandWrittenGemm implements Contender {
    /** All liberties that a driver knows. */
    private static final String OPTIONS = "-cl-fast-relaxed-math -cl-mad-enable";

    private static final int TILE_ROWS = 8;
    private static final int TILE_COLUMNS = 16;
    private static final List<int[]> GROUPS = List.of(new int[] {1, 4}, new int[] {1, 8}, new int[] {8, 1});
    private static final int ALLOCATIONS = 3;
    private static final int TRIALS = 3;

    private final OpenCl openCl;
    private final int n;
    private final MemorySegment global;
    private final Variant best;

    /** A work-group, and the kernel with its matrices. */
    private record Variant(MemorySegment kernel, MemorySegment local, MemorySegment c) {}

    /** @param n rows and columns of {@code a} and {@code b}, which are row-major; a multiple of 128 */
    HandWrittenGemm(OpenCl openCl, int n, float[] a, float[] b) {
        this.openCl = openCl;
        this.n = n;
        global = openCl.plane(n / TILE_COLUMNS, n / TILE_ROWS);
        best = GROUPS.stream()
                .flatMap(group -> Stream.generate(() -> variant(group, a, b)).limit(ALLOCATIONS))
                .min(Comparator.comparingLong(this::nanoseconds))
                .orElseThrow();
    }

    private Variant variant(int[] group, float[] a, float[] b) {
        MemorySegment kernel = openCl.kernel("gemm.cl", "gemm", OPTIONS);
        MemorySegment c = openCl.buffer((long) n * n);
        openCl.argument(kernel, 0, matrix(a));
        openCl.argument(kernel, 1, matrix(b));
        openCl.argument(kernel, 2, c);
        openCl.argument(kernel, 3, n);
        return new Variant(kernel, openCl.plane(group[0], group[1]), c);
    }

    private MemorySegment matrix(float[] values) {
        MemorySegment buffer = openCl.buffer(values.length);
        openCl.write(buffer, values);
        return buffer;
    }

    private long nanoseconds(Variant variant) {
        launch(variant);
        long start = System.nanoTime();
        for (int i = 0; i < TRIALS; i++) {
            launch(variant);
        }
        return System.nanoTime() - start;
    }

    private void launch(Variant variant) {
        openCl.launch(variant.kernel, global, variant.local);
    }

    @Override
    public String name() {
        return "OpenCL C";
    }

    @Override
    public Work work() {
        return Work.multiplyAdds((double) n * n * n);
    }

    @Override
    public void run() {
        launch(best);
    }

    @Override
    public float[] result() {
        run();
        return openCl.read(best.c, n * n);
    }
}
