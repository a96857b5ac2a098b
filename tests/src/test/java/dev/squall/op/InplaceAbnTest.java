package dev.squall.op;

import static dev.squall.backend.Activation.leakyRelu;
import static dev.squall.op.InplaceAbn.inplaceAbn;
import static dev.squall.op.Input.balanced;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class InplaceAbnTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                training(leakyRelu(1e-3f), balanced(2, 3, 5, 7)),
                training(leakyRelu(1e-3f), balanced(2, 17, 2, 2)),
                training(leakyRelu(1e-3f), balanced(4, 5, 1, 1)),
                training(leakyRelu(1e-3f), balanced(2, 33, 7, 7)),
                training(leakyRelu(1e-3f), balanced(6, 5)),
                training(leakyRelu(0.01f), balanced(2, 3, 5, 7)),
                training(leakyRelu(1e-6f), balanced(2, 3, 5, 7)),
                training(Activation.IDENTITY, balanced(2, 3, 5, 7)),
                check(
                        "evaluation",
                        in -> abn(leakyRelu(1e-3f), false, in),
                        balanced(2, 5, 5, 7),
                        random(5).between(0.5, 1.5).parameter(),
                        random(5).between(0.01, 0.05).parameter(),
                        random(5).between(0.01, 0.05).buffer(),
                        random(5).between(0.5, 1).positive().buffer()),
                check(
                        "evaluation with identity",
                        in -> abn(Activation.IDENTITY, false, in),
                        inputs(random(1, 17, 1, 1))),
                rejects(
                        "ReLU, which cannot be inverted",
                        List.of("inplaceAbn needs an activation that can be inverted"),
                        in -> abn(Activation.RELU, true, in),
                        inputs(random(2, 3, 2, 2))),
                rejects(
                        "slope 0, which cannot be inverted",
                        List.of("inplaceAbn needs an activation that can be inverted"),
                        in -> abn(leakyRelu(0f), true, in),
                        inputs(random(2, 3, 2, 2))),
                rejects(
                        "a single value for each channel in training",
                        List.of("inplaceAbn needs more than one value", "[1, 3, 1, 1]"),
                        in -> abn(leakyRelu(0.1f), true, in),
                        inputs(random(1, 3, 1, 1))));
    }

    private static DynamicTest training(Activation activation, Input x) {
        return check("training " + x.shape() + " " + activation, in -> abn(activation, true, in), inputs(x));
    }

    /** After x come weight, bias, running mean and variance, such that the normalised {@link Input#balanced} stays off the kink. */
    private static Input[] inputs(Input x) {
        int channels = x.shape().channels();
        return new Input[] {
            x,
            random(channels).between(0.3, 1.5).parameter(),
            random(channels).between(0.05, 0.1).parameter(),
            random(channels).buffer(),
            random(channels).between(0.5, 1).positive().buffer()
        };
    }

    private static Tensor abn(Activation activation, boolean training, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[3], in[4], 0.1f);
        return inplaceAbn(in[0], in[1], in[2], running, 1e-5f, activation, training);
    }
}
