package dev.squall.jvm.tile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that prefetch compute what others do, and write nothing where they fetch, even where there is no memory. */
@Tag("fast")
class PrefetchesTest {
    private static final int STEP = BlockedLayout.PIXEL_BYTES;
    private static final int TAPS = 2;
    private static final int DEPTH = BlockedLayout.BLOCK;

    /** An address that is never mapped: in the first page. */
    private static final long NOWHERE = 64;

    @ParameterizedTest
    @CsvSource({"1, false", "2, true", "5, false", "14, true", "14, false"})
    void kernelsComputeTheSame(int most, boolean isMapped) {
        int positions = Math.min(most, TileSizes.MAX_POSITIONS);
        try (var allocator = new Allocator(0)) {
            long in = filled(allocator, TAPS * positions * STEP);
            long weights = filled(allocator, TAPS * DEPTH * 2 * Lanes.BYTES);
            long ahead = filled(allocator, TAPS * DEPTH * STEP);
            float[] before = read(ahead, TAPS * DEPTH * STEP);
            long expected = filled(allocator, 2 * positions * STEP);
            long actual = filled(allocator, 2 * positions * STEP);
            long[] taps = {0, (long) positions * STEP};
            long half = positions == 1 ? 0 : (long) TileSizes.half(positions) * STEP;
            long nextVector = (long) positions * STEP;
            var kernels = new DenseKernels(positions, STEP, STEP);
            var epilogue = FusedEpilogue.of(false, 0, Activation.RELU);
            kernels.of(2, Prefetches.NONE)
                    .run(
                            in,
                            in + half,
                            taps,
                            TAPS,
                            DEPTH,
                            weights,
                            expected,
                            expected + half,
                            nextVector,
                            epilogue,
                            DenseKernel.NO_BIAS,
                            STEP,
                            STEP,
                            Prefetches.NONE);
            kernels.of(2, NOWHERE)
                    .run(
                            in,
                            in + half,
                            taps,
                            TAPS,
                            DEPTH,
                            weights,
                            actual,
                            actual + half,
                            nextVector,
                            epilogue,
                            DenseKernel.NO_BIAS,
                            STEP,
                            STEP,
                            isMapped ? ahead : NOWHERE);
            assertThat(read(actual, 2 * positions * STEP)).isEqualTo(read(expected, 2 * positions * STEP));
            assertThat(read(ahead, TAPS * DEPTH * STEP)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"8, true", "5, false"})
    void kernelsOfGradientsComputeTheSame(int channels, boolean isMapped) {
        int size = Math.min(channels, TileSizes.MAX_GRADIENT);
        int width = 30;
        long[] rows = {0, (long) width * STEP};
        int bytes = 2 * width * STEP;
        int sumBytes = size * 2 * Lanes.BYTES;
        try (var allocator = new Allocator(0)) {
            long in = filled(allocator, bytes);
            long gradient = filled(allocator, 2 * bytes);
            long ahead = filled(allocator, bytes);
            float[] before = read(ahead, bytes);
            long expected = filled(allocator, sumBytes);
            long actual = filled(allocator, sumBytes);
            TileKernels.gradient(size, 2, STEP, STEP, false)
                    .run(in, rows, gradient, rows, bytes, 0, 2, width, expected, true, Prefetches.NONE);
            TileKernels.gradient(size, 2, STEP, STEP, true)
                    .run(in, rows, gradient, rows, bytes, 0, 2, width, actual, true, isMapped ? ahead : NOWHERE);
            assertThat(read(actual, sumBytes)).isEqualTo(read(expected, sumBytes));
            assertThat(read(ahead, bytes)).isEqualTo(before);
        }
    }

    @Test
    void handsOutWhatWasAddedPieceByPiece() {
        var ahead = new Prefetches();
        assertThat(ahead.next(2)).isEqualTo(Prefetches.NONE);
        ahead.add(4096, 5 * STEP);
        ahead.add(8192, 1);
        assertThat(LongStream.generate(() -> ahead.next(2)).limit(5))
                .containsExactly(4096L, 4096L + 2 * STEP, 4096L + 4 * STEP, 8192L, Prefetches.NONE);
    }

    private static long filled(Allocator allocator, int bytes) {
        long address = allocator.allocate(bytes).address();
        var random = new Random(bytes);
        for (int at = 0; at < bytes; at += Float.BYTES) {
            Lanes.set(address + at, random.nextFloat() - 0.5f);
        }
        return address;
    }

    private static float[] read(long address, int bytes) {
        float[] values = new float[bytes / Float.BYTES];
        Lanes.read(address, values, values.length);
        return values;
    }
}
