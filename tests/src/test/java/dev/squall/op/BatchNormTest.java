package dev.squall.op;

import static dev.squall.op.BatchNorm.batchNorm;
import static dev.squall.op.Input.balanced;
import static dev.squall.op.Input.between;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
class BatchNormTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("training 2, 3, 5, 7", in -> training(in), balanced(2, 3, 5, 7), random(3).parameter(), random(3).parameter(), random(3).buffer(), random(3).positive().buffer()),
                check("training 2, 17, 2, 2", in -> training(in), balanced(2, 17, 2, 2), random(17).parameter(), random(17).parameter(), random(17).buffer(), random(17).positive().buffer()),
                check("training 4, 5, 1, 1", in -> training(in), balanced(4, 5, 1, 1), random(5).parameter(), random(5).parameter(), random(5).buffer(), random(5).positive().buffer()),
                check("training 2, 33, 7, 7", in -> training(in), balanced(2, 33, 7, 7), random(33).parameter(), random(33).parameter(), random(33).buffer(), random(33).positive().buffer()),
                check("training 6, 5", in -> training(in), balanced(6, 5), random(5).parameter(), random(5).parameter(), random(5).buffer(), random(5).positive().buffer()),
                check("evaluation", in -> evaluation(in), random(2, 5, 5, 7), random(5).parameter(), random(5).parameter(), random(5).buffer(), between(0.5, 1, 5).positive().buffer()),
                check("evaluation of one pixel", in -> evaluation(in), random(1, 17, 1, 1), random(17).parameter(), random(17).parameter(), random(17).buffer(), between(0.5, 1, 17).positive().buffer()),
                check("frozen weights", in -> training(in), balanced(2, 3, 5, 7), random(3).buffer(), random(3).buffer(), random(3).buffer(), random(3).positive().buffer()),
                rejects("a single value for each channel in training", List.of("batchNorm needs more than one value for each channel in training", "[1, 3, 1, 1]"), in -> training(in), random(1, 3, 1, 1), random(3).parameter(), random(3).parameter(), random(3).buffer(), random(3).buffer()),
                rejects("a weight of another size", List.of("batchNorm needs a weight [3]", "got [4]"), in -> training(in), random(2, 3, 2, 2), random(4).parameter(), random(3).parameter(), random(3).buffer(), random(3).buffer()),
                rejects("running statistics of another size", List.of("batchNorm needs a running variance [3]", "got [5]"), in -> training(in), random(2, 3, 2, 2), random(3).parameter(), random(3).parameter(), random(3).buffer(), random(5).buffer()));
    }

    private static Tensor training(Tensor... in) {
        return batchNorm(in[0], in[1], in[2], new RunningStatistics(in[3], in[4], 0.1f), 1e-5f, true);
    }

    private static Tensor evaluation(Tensor... in) {
        return batchNorm(in[0], in[1], in[2], new RunningStatistics(in[3], in[4], 0.1f), 1e-5f, false);
    }
}
