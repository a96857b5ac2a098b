package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.MultiplyChannels.multiplyChannels;
import static dev.squall.op.MultiplyChannels.multiplyChannelsInPlace;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
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
class MultiplyChannelsTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("[C]", in -> multiplyChannels(in[0], in[1]), random(2, 3, 5, 7), random(3)),
                check(
                        "[C] as parameter",
                        in -> multiplyChannels(in[0], in[1]),
                        random(3, 17, 2, 2),
                        random(17).parameter()),
                check("[N, C]", in -> multiplyChannels(in[0], in[1]), random(2, 5, 7, 7), random(2, 5)),
                check("[N, C, 1, 1]", in -> multiplyChannels(in[0], in[1]), random(2, 33, 2, 2), random(2, 33, 1, 1)),
                check(
                        "[N, C, 1, 1] on planes of one pixel",
                        in -> multiplyChannels(in[0], in[1]),
                        random(3, 5, 1, 1),
                        random(3, 5, 1, 1)),
                check("features", in -> multiplyChannels(in[0], in[1]), random(4, 17), random(17)),
                check(
                        "only x has a gradient",
                        in -> multiplyChannels(in[0], in[1]),
                        random(2, 3, 2, 2),
                        random(3).constant()),
                check(
                        "only s has a gradient",
                        in -> multiplyChannels(in[0], in[1]),
                        random(2, 3, 2, 2).constant(),
                        random(3)),
                check(
                        "in place",
                        in -> multiplyChannelsInPlace(in[0], in[1]),
                        random(2, 17, 5, 7).constant(),
                        random(2, 17).constant()),
                rejects(
                        "another number of channels",
                        List.of("multiplyChannels needs one value for each channel", "[2, 3, 5, 7]", "[4]"),
                        in -> multiplyChannels(in[0], in[1]),
                        random(2, 3, 5, 7),
                        random(4)));
    }

    @Test
    void inPlaceOverwritesAndIsOnlyForInference() {
        try (Scope scope = Scope.open()) {
            Tensor x =
                    Tensor.fromArray(BackendsUnderTest.reference(), Shape.of(1, 2, 1, 2), new float[] {1, -2, 3, -4});
            Tensor s = Tensor.fromArray(BackendsUnderTest.reference(), Shape.of(2), new float[] {2, 0.5f});
            Tensor learned = x.like().requireGradient();
            assertThatThrownBy(() -> multiplyChannelsInPlace(learned, s))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withoutGradients");
            Tensor y = multiplyChannelsInPlace(x, s);
            assertThat(y.toArray()).containsExactly(2, -4, 1.5f, -2);
            assertThatThrownBy(x::toArray).hasMessageContaining("overwritten in place by multiplyChannelsInPlace");
        }
    }
}
