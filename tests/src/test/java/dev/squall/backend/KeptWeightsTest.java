package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.BackendsUnderTest;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What a backend keeps of weights, it forgets when they are written through the memory; the primitives are probed by the tests of operations. */
@Tag("fast")
class KeptWeightsTest {
    private static final int SIZE = 32;

    private static final Map<String, BiConsumer<Backend, Storage>> WRITES = Map.of(
            "upload", (backend, w) -> backend.upload(new float[SIZE * SIZE], w),
            "upload of a buffer", (backend, w) -> backend.upload(FloatBuffer.wrap(new float[SIZE * SIZE]), w),
            "fill", (backend, w) -> backend.fill(w, 0),
            "accumulate", KeptWeightsTest::subtractAll);

    @TestFactory
    Stream<DynamicTest> aWriteIsNoticed() {
        return BackendsUnderTest.others().stream()
                .flatMap(backend -> WRITES.entrySet().stream()
                        .map(write -> DynamicTest.dynamicTest(
                                write.getKey() + " on " + backend.name(), () -> check(backend, write.getValue()))));
    }

    private static void check(Backend backend, BiConsumer<Backend, Storage> write) {
        Storage w = backend.allocate(Shape.of(SIZE, SIZE), Role.PARAMETER);
        backend.fill(w, 1);
        assertThat(product(backend, w)).isEqualTo(SIZE);
        assertThat(product(backend, w)).isEqualTo(SIZE);
        write.accept(backend, w);
        assertThat(product(backend, w)).isZero();
        backend.free(w);
    }

    private static void subtractAll(Backend backend, Storage w) {
        Storage minusOne = backend.allocate(w.shape(), Role.PARAMETER);
        backend.fill(minusOne, -1);
        backend.accumulate(minusOne, w);
        backend.free(minusOne);
    }

    /** One element of the product of ones with {@code w}. */
    private static float product(Backend backend, Storage w) {
        Storage x = backend.allocate(w.shape(), Role.ACTIVATION);
        Storage y = backend.allocate(w.shape(), Role.ACTIVATION);
        backend.fill(x, 1);
        backend.matmul().matmul(x, false, w, true, y);
        float[] values = new float[SIZE * SIZE];
        backend.download(y, values);
        backend.free(x);
        backend.free(y);
        return values[SIZE + 1];
    }
}
