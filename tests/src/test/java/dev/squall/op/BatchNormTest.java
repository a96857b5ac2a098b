package dev.squall.op;

import static dev.squall.op.BatchNorm.batchNorm;
import static dev.squall.op.Input.balanced;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
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
class BatchNormTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                training(balanced(2, 3, 5, 7)),
                training(balanced(2, 17, 2, 2)),
                training(balanced(4, 5, 1, 1)),
                training(balanced(2, 33, 7, 7)),
                training(balanced(6, 5)),
                check(
                        "evaluation",
                        in -> evaluation(in),
                        random(2, 5, 5, 7),
                        random(5).parameter(),
                        random(5).parameter(),
                        random(5).buffer(),
                        random(5).between(0.5, 1).positive().buffer()),
                check(
                        "evaluation of one pixel",
                        in -> evaluation(in),
                        random(1, 17, 1, 1),
                        random(17).parameter(),
                        random(17).parameter(),
                        random(17).buffer(),
                        random(17).between(0.5, 1).positive().buffer()),
                check(
                        "frozen weights",
                        in -> training(in),
                        balanced(2, 3, 5, 7),
                        random(3).buffer(),
                        random(3).buffer(),
                        random(3).buffer(),
                        random(3).positive().buffer()),
                rejects(
                        "a single value for each channel in training",
                        List.of("batchNorm needs more than one value for each channel in training", "[1, 3, 1, 1]"),
                        in -> training(in),
                        random(1, 3, 1, 1),
                        random(3).parameter(),
                        random(3).parameter(),
                        random(3).buffer(),
                        random(3).buffer()),
                rejects(
                        "a weight of another size",
                        List.of("batchNorm needs a weight [3]", "got [4]"),
                        in -> training(in),
                        random(2, 3, 2, 2),
                        random(4).parameter(),
                        random(3).parameter(),
                        random(3).buffer(),
                        random(3).buffer()),
                rejects(
                        "running statistics of another size",
                        List.of("batchNorm needs a running variance [3]", "got [5]"),
                        in -> training(in),
                        random(2, 3, 2, 2),
                        random(3).parameter(),
                        random(3).parameter(),
                        random(3).buffer(),
                        random(5).buffer()));
    }

    @Test
    void trainingMovesTheRunningStatisticsTowardsTheBatch() {
        Backend backend = BackendsUnderTest.reference();
        try (Scope scope = Scope.open();
                Tensor one = Tensor.buffer(backend, Shape.of(1), 1f);
                Tensor mean = Tensor.buffer(backend, Shape.of(1), 10f);
                Tensor variance = Tensor.buffer(backend, Shape.of(1), 20f)) {
            Tensor x = Tensor.fromArray(backend, Shape.of(4, 1), 1f, 2f, 3f, 6f);
            batchNorm(x, one, one, new RunningStatistics(mean, variance, 0.25f), 1e-5f, true);
            // The mean is 3, the unbiased variance (4 + 1 + 0 + 9) / 3.
            assertThat(mean.item()).isEqualTo(0.75f * 10 + 0.25f * 3);
            assertThat(variance.item()).isCloseTo(0.75f * 20 + 0.25f * 14 / 3, offset(1e-5f));
            batchNorm(x, one, one, new RunningStatistics(mean, variance, 0.25f), 1e-5f, false);
            assertThat(mean.item()).as("left alone in evaluation").isEqualTo(0.75f * 10 + 0.25f * 3);
        }
    }

    private static DynamicTest training(Input x) {
        int channels = x.shape().channels();
        return check(
                "training " + x.shape(),
                in -> training(in),
                x,
                random(channels).parameter(),
                random(channels).parameter(),
                random(channels).buffer(),
                random(channels).positive().buffer());
    }

    private static Tensor training(Tensor... in) {
        return batchNorm(in[0], in[1], in[2], new RunningStatistics(in[3], in[4], 0.1f), 1e-5f, true);
    }

    private static Tensor evaluation(Tensor... in) {
        return batchNorm(in[0], in[1], in[2], new RunningStatistics(in[3], in[4], 0.1f), 1e-5f, false);
    }
}
