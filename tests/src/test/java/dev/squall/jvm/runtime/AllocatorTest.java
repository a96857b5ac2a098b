package dev.squall.jvm.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class AllocatorTest {
    private static final long MIB = 1 << 20;

    @Test
    void blocksAreAlignedAndCounted() {
        try (var memory = new Allocator(0)) {
            var a = memory.allocate(1000);
            var b = memory.allocate(100_000);
            assertThat(a.address() % 64).isZero();
            assertThat(b.address() % 64).isZero();
            assertThat(a.capacity()).isBetween(1000L, 1125L);
            assertThat(memory.liveBytes()).isEqualTo(a.capacity() + b.capacity());
            memory.free(b);
            assertThat(memory.liveBytes()).isEqualTo(a.capacity());
            assertThat(memory.peakBytes()).isEqualTo(a.capacity() + b.capacity());
            memory.resetPeak();
            assertThat(memory.peakBytes()).isEqualTo(a.capacity());
            memory.free(a);
            assertThat(memory.liveBytes()).isZero();
        }
    }

    @Test
    void aFreedBlockIsHandedOutAgain() {
        try (var memory = new Allocator(0)) {
            var a = memory.allocate(50_000);
            memory.free(a);
            assertThat(memory.allocate(49_999)).isSameAs(a);
        }
    }

    @Test
    void aBlockOfTheSamePurposeIsPreferred() {
        try (var memory = new Allocator(0)) {
            var images = memory.allocate(1000, "images");
            var others = memory.allocate(1000, null);
            assertThat(images.isUsedAgain()).isFalse();
            memory.free(images);
            memory.free(others);
            assertThat(memory.allocate(1000, "images")).isSameAs(images);
            assertThat(images.isUsedAgain()).isTrue();
        }
    }

    @Test
    void aBlockForgetsAPurposeOnceItHasHadAnother() {
        try (var memory = new Allocator(0)) {
            memory.free(memory.allocate(1000, "images"));
            memory.free(memory.allocate(1000, null));
            assertThat(memory.allocate(1000, "images").isUsedAgain()).isFalse();
        }
    }

    @Test
    void trimReturnsWhatIsKept() {
        try (var memory = new Allocator(0)) {
            memory.free(memory.allocate(1 << 20));
            assertThat(memory.keptBytes()).isEqualTo(1 << 20);
            memory.trim();
            assertThat(memory.keptBytes()).isZero();
        }
    }

    @Test
    void whatIsKeptGoesBackBeforeTheSystemRunsOut() {
        var left = new AtomicLong(64 * MIB);
        try (var memory = new Allocator(0, left::get)) {
            memory.free(memory.allocate(MIB));
            memory.free(memory.allocate(4 * MIB));
            memory.allocate(2 * MIB);
            assertThat(memory.keptBytes()).as("there is room").isEqualTo(5 * MIB);
            left.set(6 * MIB + MIB / 2);
            memory.allocate(6 * MIB);
            assertThat(memory.keptBytes()).as("half a MiB would be left").isZero();
        }
    }

    @Test
    void aBlockFreedAfterTheEndIsNotKept() {
        var memory = new Allocator(0);
        Allocator.Block block = memory.allocate(1 << 20);
        memory.close();
        Lanes.set(block.address(), 1f);
        memory.free(block);
        assertThat(memory.keptBytes()).isZero();
        assertThat(memory.liveBytes()).isZero();
    }

    @Test
    void capacityIsAtMostAnEighthLarger() {
        for (long bytes = 256; bytes < 1L << 33; bytes = bytes * 5 / 4 + 1) {
            assertThat(Allocator.roundUp(bytes)).isBetween(bytes, bytes + Math.max(63, bytes / 8));
        }
    }

    @Test
    void refusesNegativeSizes() {
        try (var memory = new Allocator(0)) {
            assertThatThrownBy(() -> memory.allocate(-1)).hasMessageContaining("-1");
        }
    }
}
