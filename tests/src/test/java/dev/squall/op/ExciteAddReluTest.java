package dev.squall.op;

import static dev.squall.op.ExciteAddRelu.exciteAddRelu;
import static dev.squall.op.ExciteAddRelu.exciteAddReluInPlace;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ExciteAddReluTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "[N, C, 1, 1]",
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(2, 3, 5, 7).between(0.6, 1),
                        random(2, 3, 1, 1).between(0.5, 1),
                        random(2, 3, 5, 7).between(0.1, 0.2)),
                check(
                        "[N, C]",
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(2, 33, 2, 2).between(0.6, 1),
                        random(2, 33).between(0.5, 1),
                        random(2, 33, 2, 2).between(0.1, 0.2)),
                check(
                        "[C]",
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(3, 17, 1, 1).between(0.6, 1),
                        random(17).between(0.5, 1).parameter(),
                        random(3, 17, 1, 1).between(0.1, 0.2)),
                check(
                        "only y has a gradient",
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(2, 3, 2, 2).between(0.6, 1).constant(),
                        random(2, 3).between(0.5, 1).constant(),
                        random(2, 3, 2, 2).between(0.1, 0.2)),
                check(
                        "nothing passes",
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(2, 3, 2, 2).between(0.6, 1),
                        random(2, 3).between(0.5, 1),
                        random(2, 3, 2, 2).between(-3, -2)),
                check(
                        "in place",
                        in -> exciteAddReluInPlace(in[0], in[1], in[2]),
                        random(2, 17, 3, 5).constant(),
                        random(2, 17, 1, 1).constant(),
                        random(2, 17, 3, 5).constant()),
                rejects(
                        "another number of channels",
                        List.of("exciteAddRelu needs one value for each channel", "[2, 3, 5, 7]", "[4]"),
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(2, 3, 5, 7),
                        random(4),
                        random(2, 3, 5, 7)),
                rejects(
                        "different shapes",
                        List.of("exciteAddRelu needs two tensors of one shape"),
                        in -> exciteAddRelu(in[0], in[1], in[2]),
                        random(1, 3, 2, 2),
                        random(3),
                        random(1, 3, 2, 1)));
    }

    @Test
    void inPlaceOverwritesAndIsOnlyForInference() {
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(1, 2, 1, 2), new float[] {1, -2, 3, -4});
            Tensor s = Tensor.fromArray(backend, Shape.of(2), new float[] {2, 0.5f});
            Tensor y = Tensor.fromArray(backend, Shape.of(1, 2, 1, 2), new float[] {1, 1, -2, 3});
            Tensor learned = x.like().requireGradient();
            assertThatThrownBy(() -> exciteAddReluInPlace(learned, s, y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withoutGradients");
            Tensor out = Autograd.withoutGradients(() -> exciteAddReluInPlace(x, s, y));
            assertThat(out.toArray()).containsExactly(3, 0, 0, 1);
        }
    }
}
