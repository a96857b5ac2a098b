package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.squall.backend.DeviceMemoryException;
import dev.squall.tornado.device.ArenaAllocator.Place;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ArenaAllocatorTest {
    private static final int RESERVED = 4;
    private static final int CAPACITY = 104;

    /** A line of a GPU's cache has 128 bytes, a vector 32. */
    private static final int VECTORS_OF_LINE = 4;

    private final ArenaAllocator allocator = new ArenaAllocator(RESERVED, CAPACITY);

    @Test
    void beginsBehindWhatIsReserved() {
        assertThat(allocator.allocate(1)).isEqualTo(RESERVED);
    }

    @Test
    void joinsFreeNeighboursOnBothSides() {
        int a = allocator.allocate(30);
        int b = allocator.allocate(28);
        int c = allocator.allocate(40);
        allocator.release(a, 30);
        allocator.release(c, 40);
        assertThatExceptionOfType(DeviceMemoryException.class).isThrownBy(() -> allocator.allocate(100));
        allocator.release(b, 28);
        assertThat(allocator.allocate(100)).isEqualTo(RESERVED);
    }

    @Test
    void takesTheFirstGapThatIsLongEnough() {
        int a = allocator.allocate(10);
        allocator.allocate(1);
        int b = allocator.allocate(20);
        allocator.allocate(1);
        allocator.release(a, 10);
        allocator.release(b, 20);
        assertThat(allocator.allocate(15)).isEqualTo(b);
        assertThat(allocator.allocate(10)).isEqualTo(a);
    }

    @Test
    void countsLiveAndPeakBytesOfVectorsOfEightFloats() {
        int a = allocator.allocate(10);
        int b = allocator.allocate(5);
        allocator.release(a, 10);
        assertThat(allocator.liveBytes()).isEqualTo(5 * 32);
        assertThat(allocator.peakBytes()).isEqualTo(15 * 32);
        allocator.resetPeak();
        assertThat(allocator.peakBytes()).isEqualTo(5 * 32);
        allocator.release(b, 5);
        assertThat(allocator.liveBytes()).isZero();
    }

    @Test
    void moreThanAnIntCountsIsRefusedLikeAnythingElse() {
        assertThatExceptionOfType(DeviceMemoryException.class).isThrownBy(() -> allocator.allocate((1L << 32) + 1));
    }

    @Test
    void saysWhatWasAskedForAndWhatThereIs() {
        allocator.allocate(60);
        assertThatExceptionOfType(DeviceMemoryException.class)
                .isThrownBy(() -> allocator.allocate(41))
                .satisfies(e -> {
                    assertThat(e.requestedBytes()).isEqualTo(41 * 32);
                    assertThat(e.liveBytes()).isEqualTo(60 * 32);
                    assertThat(e.limitBytes()).isEqualTo(CAPACITY * 32);
                });
        assertThat(allocator.allocate(40)).as("what is left is still to be had").isEqualTo(RESERVED + 60);
    }

    /** Whatever is allocated and released: no two ranges overlap, none leaves the arena, and in the end all of it is free in one piece. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void randomSequence(long seed) {
        record Range(int start, int length) {}
        SplittableRandom random = new SplittableRandom(seed);
        List<Range> ranges = new ArrayList<>();
        BitSet taken = new BitSet();
        for (int step = 0; step < 2000; step++) {
            if (random.nextBoolean() && !ranges.isEmpty()) {
                Range range = ranges.remove(random.nextInt(ranges.size()));
                allocator.release(range.start, range.length);
                taken.clear(range.start, range.start + range.length);
            } else {
                int length = random.nextInt(1, 20);
                try {
                    int start = allocator.allocate(length);
                    assertThat(start).isBetween(RESERVED, CAPACITY - length);
                    assertThat(start % VECTORS_OF_LINE).isZero();
                    assertThat(taken.get(start, start + length).isEmpty()).isTrue();
                    taken.set(start, start + length);
                    ranges.add(new Range(start, length));
                } catch (DeviceMemoryException e) {
                    assertThat(longestGap(taken)).isLessThan(length);
                }
            }
            assertThat(allocator.liveBytes()).isEqualTo(32L * taken.cardinality());
        }
        ranges.forEach(range -> allocator.release(range.start, range.length));
        assertThat(allocator.allocate(CAPACITY - RESERVED)).isEqualTo(RESERVED);
    }

    /** Of whole lines, since the rest of a line that is partly taken is not to be had. */
    private static int longestGap(BitSet taken) {
        int longest = 0;
        for (int start = taken.nextClearBit(RESERVED); start < CAPACITY; ) {
            int next = taken.nextSetBit(start);
            int end = next < 0 ? CAPACITY : next;
            longest = Math.max(longest, end - Math.ceilDiv(start, VECTORS_OF_LINE) * VECTORS_OF_LINE);
            start = taken.nextClearBit(end);
        }
        return longest;
    }

    @Test
    void activationsFillOneArenaAfterTheOtherAndLeaveRoomForParametersInTheMainOne() {
        var several = new ArenaAllocator(RESERVED, new int[] {CAPACITY, CAPACITY, CAPACITY}, false);

        assertThat(several.allocateActivation(50)).isEqualTo(new Place(0, RESERVED));
        assertThat(several.allocateActivation(80)).isEqualTo(new Place(1, RESERVED));
        assertThat(several.allocateActivation(80)).isEqualTo(new Place(2, RESERVED));
        assertThat(several.allocateActivation(20)).isEqualTo(new Place(1, RESERVED + 80));
        assertThat(several.allocate(30)).isEqualTo(RESERVED + 52);
        assertThat(several.allocateActivation(12)).isEqualTo(new Place(0, RESERVED + 84));
        assertThatExceptionOfType(DeviceMemoryException.class).isThrownBy(() -> several.allocateActivation(30));
        assertThat(several.liveBytes()).isEqualTo(272L * ArenaAllocator.VECTOR_BYTES);
    }

    @Test
    void whatAnActivationGivesBackIsFreeInItsArena() {
        var several = new ArenaAllocator(RESERVED, new int[] {CAPACITY, CAPACITY}, false);
        Place place = several.allocateActivation(100);
        several.releaseActivation(place, 100);

        assertThat(several.allocateActivation(100)).isEqualTo(place);
        assertThat(several.peakBytes()).isEqualTo(100L * ArenaAllocator.VECTOR_BYTES);
    }

    @Test
    void moreThanAnyArenaHas() {
        var several = new ArenaAllocator(RESERVED, new int[] {CAPACITY, CAPACITY}, false);

        assertThatExceptionOfType(DeviceMemoryException.class).isThrownBy(() -> several.allocateActivation(1L << 40));
        assertThatExceptionOfType(DeviceMemoryException.class).isThrownBy(() -> several.allocate(1L << 40));
    }
}
