package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Pow.pow;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class PowTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("to the 2", in -> pow(in[0], 2f), random(2, 3, 3, 5).between(0.5, 1.5)),
                check("to the 3", in -> pow(in[0], 3f), random(2, 3, 3, 5).between(0.5, 1.5)),
                check("to the 0", in -> pow(in[0], 0f), random(2, 3, 3, 5).between(0.5, 1.5)),
                check("to the -1", in -> pow(in[0], -1f), random(2, 3, 3, 5).between(0.5, 1.5)),
                check(
                        "to the 0.5",
                        in -> pow(in[0], 0.5f),
                        random(2, 3, 3, 5).between(0.5, 1.5).positive()),
                check(
                        "to the -0.5",
                        in -> pow(in[0], -0.5f),
                        random(2, 3, 3, 5).between(0.5, 1.5).positive()),
                check(
                        "to the 1.7",
                        in -> pow(in[0], 1.7f),
                        random(2, 3, 3, 5).between(0.5, 1.5).positive()),
                check(
                        "elements",
                        in -> pow(in[0], in[1]),
                        random(2, 17, 3, 2).between(0.5, 1.5).positive(),
                        random(2, 17, 3, 2)),
                check(
                        "broadcast base",
                        in -> pow(in[0], in[1]),
                        random(3, 1).between(0.5, 1.5).positive(),
                        random(2, 3, 5)),
                check(
                        "broadcast exponent",
                        in -> pow(in[0], in[1]),
                        random(2, 3, 5).between(0.5, 1.5).positive(),
                        random(5).parameter()));
    }

    /** As the pow of C has it, which is not always the reciprocal of the root. */
    @TestFactory
    Stream<DynamicTest> reciprocalRootsOfZerosAndInfinities() {
        float infinity = Float.POSITIVE_INFINITY;
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), BackendsUnderTest.others().stream())
                .map(backend -> dynamicTest(backend.name(), () -> {
                    try (Scope _ = Scope.open()) {
                        Tensor x = Tensor.fromArray(backend, Shape.of(6), -0f, 0f, infinity, -infinity, 4f, Float.NaN);
                        assertThat(pow(x, -0.5f).toArray())
                                .containsExactly(infinity, infinity, 0f, 0f, 0.5f, Float.NaN);
                    }
                }));
    }
}
