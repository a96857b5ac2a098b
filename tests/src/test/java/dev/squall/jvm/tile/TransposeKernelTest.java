package dev.squall.jvm.tile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class TransposeKernelTest {
    private static final int COUNT = Lanes.COUNT;
    private static final int SQUARES = 3;
    private static final int WIDTH = SQUARES * COUNT;

    /** A matrix of as many rows as lanes becomes columns, which lie in reverse order. */
    @Test
    void turnsNeighboursIntoColumns() {
        try (var memory = new Allocator(0)) {
            long from = matrix(memory);
            long to = memory.allocate((long) WIDTH * Lanes.BYTES).address();
            long[] rows = offsets(COUNT, (long) WIDTH * Float.BYTES);
            long[] columns = offsets(WIDTH, Lanes.BYTES);
            long[] reversed = new long[WIDTH];
            Arrays.setAll(reversed, i -> columns[WIDTH - 1 - i]);

            TransposeKernels.KERNEL.run(from, rows, 0, Lanes.BYTES, to, reversed, COUNT, 0, SQUARES);

            for (int row = 0; row < COUNT; row++) {
                for (int column = 0; column < WIDTH; column++) {
                    long at = to + reversed[column] + (long) row * Float.BYTES;
                    assertThat(Lanes.get(at)).isEqualTo(row * WIDTH + column);
                }
            }
        }
    }

    /** Vectors that lie apart become rows. */
    @Test
    void turnsVectorsIntoRows() {
        try (var memory = new Allocator(0)) {
            long from = matrix(memory);
            long to = memory.allocate((long) WIDTH * Lanes.BYTES).address();
            long[] vectors = offsets(WIDTH, Lanes.BYTES);
            long[] rows = offsets(COUNT, (long) WIDTH * Float.BYTES);

            TransposeKernels.KERNEL.run(from, vectors, COUNT, 0, to, rows, 0, Lanes.BYTES, SQUARES);

            for (int vector = 0; vector < WIDTH; vector++) {
                for (int lane = 0; lane < COUNT; lane++) {
                    long at = to + rows[lane] + (long) vector * Float.BYTES;
                    assertThat(Lanes.get(at)).isEqualTo(vector * COUNT + lane);
                }
            }
        }
    }

    /** Numbers from 0 on. */
    private static long matrix(Allocator memory) {
        long address = memory.allocate((long) WIDTH * Lanes.BYTES).address();
        for (int i = 0; i < WIDTH * COUNT; i++) {
            Lanes.set(address + (long) i * Float.BYTES, i);
        }
        return address;
    }

    private static long[] offsets(int count, long step) {
        long[] offsets = new long[count];
        Arrays.setAll(offsets, i -> i * step);
        return offsets;
    }
}
