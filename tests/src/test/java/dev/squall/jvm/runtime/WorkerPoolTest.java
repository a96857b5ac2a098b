package dev.squall.jvm.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class WorkerPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void runsEveryIndexOnce(int threads) {
        try (var pool = new WorkerPool(threads)) {
            for (int count = 0; count < 200; count++) {
                var hits = new AtomicIntegerArray(count);
                pool.forEach(count, hits::incrementAndGet);
                for (int i = 0; i < count; i++) {
                    assertThat(hits.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void wakesParkedWorkers() {
        try (var pool = new WorkerPool(3)) {
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(2_000_000);
                var hits = new AtomicIntegerArray(64);
                pool.forEach(64, hits::incrementAndGet);
                for (int i = 0; i < 64; i++) {
                    assertThat(hits.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void runsLoopsInsideLoops() {
        try (var pool = new WorkerPool(2)) {
            var hits = new AtomicIntegerArray(100);
            pool.forEach(10, i -> pool.forEach(10, j -> hits.incrementAndGet(10 * i + j)));
            for (int i = 0; i < 100; i++) {
                assertThat(hits.get(i)).isEqualTo(1);
            }
        }
    }

    @Test
    void rethrowsInTheCallerAndStaysUsable() {
        try (var pool = new WorkerPool(2)) {
            assertThatThrownBy(() -> pool.forEach(8, i -> {
                        if (i == 5) {
                            throw new IllegalStateException("chunk 5");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("chunk 5");
            var hits = new AtomicIntegerArray(8);
            pool.forEach(8, hits::incrementAndGet);
            assertThat(hits.get(7)).isEqualTo(1);
        }
    }

    @Test
    void wantsAThread() {
        assertThatThrownBy(() -> new WorkerPool(0)).hasMessageContaining("1 thread or more");
    }
}
