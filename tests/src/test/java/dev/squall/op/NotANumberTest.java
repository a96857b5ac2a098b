package dev.squall.op;

import static dev.squall.backend.Activation.leakyRelu;
import static dev.squall.backend.PoolGeometry.square;
import static dev.squall.op.Input.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.OpTest.Operation;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.random.Well19937c;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * A value that is not a number stays one: whatever depends on it by the reference does so on every backend, forward and backward. Maxima and
 * comparisons like to turn it into an ordinary 0, and a training run that has diverged then goes on as if nothing had happened.
 */
@Tag("fast")
@Tag("opencl")
class NotANumberTest {
    private static final int CHANNELS = 9;

    @TestFactory
    Stream<DynamicTest> isNotLost() {
        return Stream.of(
                keeps("relu", in -> Relu.relu(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("leakyRelu", in -> LeakyRelu.leakyRelu(in[0], 0.01f), random(2, CHANNELS, 3, 5)),
                keeps("sigmoid", in -> Sigmoid.sigmoid(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("silu", in -> Silu.silu(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("relu6", in -> Relu6.relu6(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("hardSigmoid", in -> HardSigmoid.hardSigmoid(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("hardSwish", in -> HardSwish.hardSwish(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("tanh", in -> Tanh.tanh(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("abs", in -> Abs.abs(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("square", in -> Pow.pow(in[0], 2f), random(2, CHANNELS, 3, 5)),
                keeps(
                        "reciprocal root",
                        in -> Pow.pow(in[0], -0.5f),
                        random(2, CHANNELS, 3, 5).between(0.5, 1).positive()),
                keeps("softplus", in -> Softplus.softplus(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("gelu", in -> Gelu.gelu(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("geluTanh", in -> Gelu.geluTanh(in[0]), random(2, CHANNELS, 3, 5)),
                keeps(
                        "addRelu",
                        in -> AddRelu.addRelu(in[0], in[1]),
                        random(2, CHANNELS, 3, 5),
                        random(2, CHANNELS, 3, 5)),
                keeps(
                        "exciteAddRelu",
                        in -> ExciteAddRelu.exciteAddRelu(in[0], in[1], in[2]),
                        random(2, CHANNELS, 3, 5),
                        random(2, CHANNELS, 1, 1),
                        random(2, CHANNELS, 3, 5)),
                keeps(
                        "multiplyChannels",
                        in -> MultiplyChannels.multiplyChannels(in[0], in[1]),
                        random(2, CHANNELS, 3, 5),
                        random(2, CHANNELS, 1, 1)),
                keeps(
                        "inplaceAbn",
                        in -> InplaceAbn.inplaceAbn(
                                in[0],
                                in[1],
                                in[2],
                                new RunningStatistics(in[3], in[4], 0.1f),
                                1e-5f,
                                leakyRelu(0.01f),
                                true),
                        abn()),
                keeps(
                        "batchNorm",
                        in -> BatchNorm.batchNorm(
                                in[0], in[1], in[2], new RunningStatistics(in[3], in[4], 0.1f), 1e-5f, true),
                        abn()),
                keeps(
                        "conv2d",
                        in -> Conv2d.conv2d(in[0], in[1], null, ConvGeometry.square(3, 1, 1)),
                        random(2, CHANNELS, 3, 5),
                        random(5, CHANNELS, 3, 3).parameter()),
                keeps("convolution with ReLU", in -> fused(Activation.RELU, in), fusedInputs()),
                keeps("convolution with leaky ReLU", in -> fused(leakyRelu(0.01f), in), fusedInputs()),
                keeps("maxPool", in -> MaxPool.maxPool(in[0], square(2, 2, 0)), random(2, CHANNELS, 4, 6)),
                keeps("averagePool", in -> AveragePool.averagePool(in[0], square(2, 2, 0)), random(2, CHANNELS, 4, 6)),
                keeps("blurPool", in -> BlurPool.blurPool(in[0]), random(2, CHANNELS, 4, 6)),
                keeps("globalAveragePool", in -> GlobalAveragePool.globalAveragePool(in[0]), random(2, CHANNELS, 3, 5)),
                keeps("softmax", in -> Softmax.softmax(in[0]), random(3, CHANNELS)),
                keeps(
                        "crossEntropy",
                        in -> CrossEntropy.crossEntropy(in[0], new int[] {0, 1, 2}, 0.1f),
                        random(3, CHANNELS)));
    }

    private static Input[] abn() {
        return new Input[] {
            random(2, CHANNELS, 3, 5),
            random(CHANNELS).parameter(),
            random(CHANNELS).parameter(),
            random(CHANNELS).buffer(),
            random(CHANNELS).between(0.5, 1).positive().buffer()
        };
    }

    private static Input[] fusedInputs() {
        return new Input[] {
            random(2, CHANNELS, 3, 5).constant(),
            random(5, CHANNELS, 3, 3).buffer(),
            random(5).buffer()
        };
    }

    private static Tensor fused(Activation activation, Tensor... in) {
        return ConvAbn.convAbn(in[0], new ConvAbn.Folded(in[1], in[2]), ConvGeometry.square(3, 1, 1), null, activation);
    }

    /** Puts a NaN into the first input and compares, with the reference, where there are some in the output and in the gradients. */
    private static DynamicTest keeps(String name, Operation operation, Input... inputs) {
        return dynamicTest(name, () -> {
            Well19937c random = new Well19937c(name.hashCode());
            float[][] values =
                    Arrays.stream(inputs).map(input -> input.draw(random)).toArray(float[][]::new);
            values[0][values[0].length / 2] = Float.NaN;
            List<int[]> expected = run(BackendsUnderTest.reference(), operation, inputs, values);
            assertThat(expected.getFirst()).as("NaNs of the output").isNotEmpty();
            for (Backend backend : BackendsUnderTest.others()) {
                List<int[]> actual = run(backend, operation, inputs, values);
                for (int k = 0; k < expected.size(); k++) {
                    assertThat(actual.get(k))
                            .as(k == 0 ? "NaNs of the output" : "NaNs of gradient " + (k - 1))
                            .isEqualTo(expected.get(k));
                }
            }
        });
    }

    /** Where the output and the gradients are not numbers. */
    private static List<int[]> run(Backend backend, Operation operation, Input[] inputs, float[][] values) {
        List<int[]> places = new ArrayList<>();
        try (Scope scope = Scope.open()) {
            Tensor[] tensors = new Tensor[inputs.length];
            Tensor[] arguments = new Tensor[inputs.length];
            for (int k = 0; k < inputs.length; k++) {
                tensors[k] = inputs[k].make(backend, values[k]);
                // Operations that work in place overwrite the copy.
                arguments[k] = k == 0 && inputs[k].hasGradient() ? Scale.scale(1f, tensors[k]) : tensors[k];
            }
            Tensor y = operation.apply(arguments);
            places.add(notNumbers(y));
            if (y.node() != null) {
                float[] seed = new float[y.shape().elements()];
                Arrays.fill(seed, 0.5f);
                Autograd.backward(y, Tensor.fromArray(backend, y.shape(), seed));
                for (Tensor tensor : tensors) {
                    Tensor gradient = tensor.gradient();
                    places.add(gradient == null ? new int[0] : notNumbers(gradient));
                }
            }
            Arrays.stream(tensors).forEach(Tensor::close);
        }
        return places;
    }

    private static int[] notNumbers(Tensor tensor) {
        float[] values = tensor.toArray();
        return IntStream.range(0, values.length)
                .filter(i -> Float.isNaN(values[i]))
                .toArray();
    }
}
