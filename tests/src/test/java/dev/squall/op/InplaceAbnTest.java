package dev.squall.op;

import static dev.squall.backend.Activation.leakyRelu;
import static dev.squall.op.InplaceAbn.inplaceAbn;
import static dev.squall.op.Input.balanced;
import static dev.squall.op.Input.between;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Scale.scale;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
class InplaceAbnTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("training 2, 3, 5, 7", in -> abn(leakyRelu(1e-3f), true, in), balanced(2, 3, 5, 7), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                check("training 2, 17, 2, 2", in -> abn(leakyRelu(1e-3f), true, in), balanced(2, 17, 2, 2), between(0.3, 1.5, 17).parameter(), between(0.05, 0.1, 17).parameter(), random(17).buffer(), between(0.5, 1, 17).positive().buffer()),
                check("training 4, 5, 1, 1", in -> abn(leakyRelu(1e-3f), true, in), balanced(4, 5, 1, 1), between(0.3, 1.5, 5).parameter(), between(0.05, 0.1, 5).parameter(), random(5).buffer(), between(0.5, 1, 5).positive().buffer()),
                check("training 2, 33, 7, 7", in -> abn(leakyRelu(1e-3f), true, in), balanced(2, 33, 7, 7), between(0.3, 1.5, 33).parameter(), between(0.05, 0.1, 33).parameter(), random(33).buffer(), between(0.5, 1, 33).positive().buffer()),
                check("training 6, 5", in -> abn(leakyRelu(1e-3f), true, in), balanced(6, 5), between(0.3, 1.5, 5).parameter(), between(0.05, 0.1, 5).parameter(), random(5).buffer(), between(0.5, 1, 5).positive().buffer()),
                check("slope 0.01", in -> abn(leakyRelu(0.01f), true, in), balanced(2, 3, 5, 7), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                check("slope 1e-6", in -> abn(leakyRelu(1e-6f), true, in), balanced(2, 3, 5, 7), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                check("identity", in -> abn(Activation.IDENTITY, true, in), balanced(2, 3, 5, 7), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                check("evaluation", in -> abn(leakyRelu(1e-3f), false, in), balanced(2, 5, 5, 7), between(0.5, 1.5, 5).parameter(), between(0.01, 0.05, 5).parameter(), between(0.01, 0.05, 5).buffer(), between(0.5, 1, 5).positive().buffer()),
                check("evaluation with identity", in -> abn(Activation.IDENTITY, false, in), random(1, 17, 1, 1), between(0.3, 1.5, 17).parameter(), between(0.05, 0.1, 17).parameter(), random(17).buffer(), between(0.5, 1, 17).positive().buffer()),
                rejects("ReLU, which cannot be inverted", List.of("inplaceAbn needs an activation that can be inverted"), in -> abn(Activation.RELU, true, in), random(2, 3, 2, 2), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                rejects("slope 0, which cannot be inverted", List.of("inplaceAbn needs an activation that can be inverted"), in -> abn(leakyRelu(0f), true, in), random(2, 3, 2, 2), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()),
                rejects("a single value for each channel in training", List.of("inplaceAbn needs more than one value", "[1, 3, 1, 1]"), in -> abn(leakyRelu(0.1f), true, in), random(1, 3, 1, 1), between(0.3, 1.5, 3).parameter(), between(0.05, 0.1, 3).parameter(), random(3).buffer(), between(0.5, 1, 3).positive().buffer()));
    }

    /** On a copy, since the leaves of a graph are not overwritten. */
    private static Tensor abn(Activation activation, boolean training, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[3], in[4], 0.1f);
        return inplaceAbn(scale(1f, in[0]), in[1], in[2], running, 1e-5f, activation, training);
    }
}
