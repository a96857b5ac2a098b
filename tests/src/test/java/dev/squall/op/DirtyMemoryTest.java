package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What an operation leaves unwritten in memory that held something else is not to be seen in a sum over its result. */
@Tag("fast")
@Tag("opencl")
class DirtyMemoryTest {
    private static final Shape FIRST = Shape.of(2, 12, 4, 5);
    private static final Shape SECOND = Shape.of(2, 25, 4, 5);

    @TestFactory
    Stream<DynamicTest> sums() {
        return BackendsUnderTest.others().stream()
                .flatMap(backend -> Stream.of(
                        check(backend, "concat", Shape.of(2, 37, 4, 5), in -> Concat.concat(List.of(in))),
                        check(
                                backend,
                                "sliceChannels",
                                Shape.of(2, 7, 4, 5),
                                in -> SliceChannels.sliceChannels(in[0], 3, 7)),
                        check(backend, "sigmoid", FIRST, in -> Sigmoid.sigmoid(in[0])),
                        check(
                                backend,
                                "reshape",
                                Shape.of(4, 5, 12, 2),
                                in -> Reshape.reshape(in[0], Shape.of(4, 5, 12, 2))),
                        check(
                                backend,
                                "spaceToDepth of a slice",
                                Shape.of(2, 48, 2, 2),
                                in -> SpaceToDepth.spaceToDepth(
                                        SliceChannels.sliceChannels(
                                                Reshape.reshape(in[0], Shape.of(2, 15, 4, 4)), 0, 12),
                                        2)),
                        check(
                                backend,
                                "globalAveragePool",
                                Shape.of(2, 12),
                                in -> GlobalAveragePool.globalAveragePool(in[0]))));
    }

    private static DynamicTest check(Backend backend, String name, Shape result, OpTest.Operation operation) {
        return dynamicTest(name + " on " + backend.name(), () -> {
            float expected = sum(BackendsUnderTest.reference(), result, operation);
            assertThat(sum(backend, result, operation)).isCloseTo(expected, offset(1e-3f));
        });
    }

    private static float sum(Backend backend, Shape result, OpTest.Operation operation) {
        try (Scope _ = Scope.open()) {
            Tensor first = ones(backend, FIRST);
            Tensor second = ones(backend, SECOND);
            Storage place = backend.allocate(result, Role.ACTIVATION);
            Shape all = Shape.of((int) (place.bytes() / Float.BYTES));
            backend.free(place);
            Storage dirt = backend.allocate(all, Role.PARAMETER);
            backend.fill(dirt, 1e6f);
            backend.free(dirt);
            Tensor y = operation.apply(first, second);
            assertThat(y.shape()).isEqualTo(result);
            return Sum.sum(y).item();
        }
    }

    private static Tensor ones(Backend backend, Shape shape) {
        float[] values = new float[shape.elements()];
        Arrays.fill(values, 1);
        return Tensor.fromArray(backend, shape, values);
    }
}
