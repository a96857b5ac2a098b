package dev.squall.jvm.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.squall.backend.BackendOptions;
import dev.squall.jvm.JvmBackend;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class BlockedLayoutTest {
    @ParameterizedTest
    @CsvSource({"1,1,1,1", "2,3,5,7", "1,17,1,4", "3,16,4,1", "2,83,3,3", "2,33,1,1"})
    void roundTripsAndKeepsHaloAndPaddingZero(int n, int c, int h, int w) {
        var layout = new BlockedLayout(n, c, h, w);
        var random = new SplittableRandom(1);
        var values = new float[n * c * h * w];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1 + (float) random.nextDouble();
        }
        try (var memory = new Allocator(0);
                var pool = new WorkerPool(2)) {
            long address = memory.allocate(layout.bytes()).address();
            for (long at = address; at < address + layout.bytes(); at += Float.BYTES) {
                Lanes.set(at, Float.NaN);
            }
            layout.write(address, values, pool);
            var back = new float[values.length];
            layout.read(address, back, pool);
            assertThat(back).containsExactly(values);
            assertThat(nonZeros(address, layout)).isEqualTo(values.length);
        }
    }

    @ParameterizedTest
    @CsvSource({"2,3,5,7", "2,33,1,1"})
    void fillsAndAccumulates(int n, int c, int h, int w) {
        try (var backend = new JvmBackend(BackendOptions.DEFAULT)) {
            var shape = Shape.of(n, c, h, w);
            var image = (JvmStorage) backend.allocate(shape, Role.ACTIVATION);
            var plain = backend.allocate(shape, Role.PARAMETER);
            backend.fill(image, 2);
            backend.fill(plain, 3);
            backend.accumulate(plain, image);
            backend.accumulate(image, image);
            var values = new float[shape.elements()];
            backend.download(image, values);
            assertThat(values).containsOnly(10f);
            assertThat(nonZeros(image.address(), image.layout())).isEqualTo(values.length);
            backend.accumulate(image, plain);
            backend.download(plain, values);
            assertThat(values).containsOnly(13f);
        }
    }

    private static int nonZeros(long address, BlockedLayout layout) {
        int count = 0;
        for (long at = address; at < address + layout.bytes(); at += Float.BYTES) {
            count += Lanes.get(at) == 0f ? 0 : 1;
        }
        return count;
    }

    /** A row of 2^25 pixels has 2^31 bytes, which kernels took for none: a sum of ones was 0. */
    @Test
    void whatKernelsCannotCountIsRefused() {
        for (Shape shape : List.of(
                Shape.of(1, 1, 1, 1 << 25), Shape.of(1, 1, 1, (1 << 24) + 1), Shape.of((1 << 26) + 1, 1, 1, 1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> BlockedLayout.of(shape))
                    .withMessageContaining("at most");
        }
        assertThat(BlockedLayout.of(Shape.of(1, 1, 2, 1 << 24)).insideBytes()).isEqualTo(1 << 30);
        assertThat(BlockedLayout.of(Shape.of(1, 1, 1 << 25, 4)).bytes()).isGreaterThan(1L << 33);
    }
}
