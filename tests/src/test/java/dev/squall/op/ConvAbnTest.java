package dev.squall.op;

import static dev.squall.backend.ConvGeometry.square;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Norm;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.math3.random.Well19937c;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Inputs are x, w, the norm's weight, bias, running mean and running variance, and optionally a residual. */
@Tag("fast")
@Tag("opencl")
class ConvAbnTest {
    private static final Norm ABN = Norm.inplaceAbn(1e-5f, Activation.leakyRelu(1e-3f));
    private static final Norm PLAIN = Norm.plain(1e-5f);

    @TestFactory
    Stream<DynamicTest> onAllBackends() {
        return Stream.of(
                check("3x3", in -> fused(square(3, 1, 1), ABN, in), inputs(3, 3, 17)),
                check("1x1", in -> fused(square(1, 1, 0), ABN, in), inputs(1, 33, 5)),
                check("3x3 with stride 2", in -> fused(square(3, 2, 1), PLAIN, in), inputs(3, 5, 16)),
                check("3x3 with residual", in -> fused(square(3, 1, 1), PLAIN, in), withResidual(3, 5, 17)),
                check("1x1 with residual", in -> fused(square(1, 1, 0), ABN, in), withResidual(1, 17, 33)),
                check("3x3 and blur", in -> blurred(square(3, 1, 1), in), inputs(3, 17, 18)),
                check("1x1 and blur", in -> blurred(square(1, 1, 0), in), inputs(1, 5, 3)));
    }

    @TestFactory
    Stream<DynamicTest> equalsTheCompositionOfItsParts() {
        return Stream.of(
                equalsParts("Inplace-ABN", ABN, inputs(3, 5, 17)),
                equalsParts("Inplace-ABN and residual", ABN, withResidual(3, 5, 17)),
                equalsParts("batch norm", PLAIN, inputs(3, 3, 5)),
                equalsParts("batch norm and residual", PLAIN, withResidual(3, 3, 5)));
    }

    /** In training the convolution fills the statistics that the norm uses: as if the norm had computed them. */
    @TestFactory
    Stream<DynamicTest> statisticsOfTheConvolution() {
        return Stream.of(
                check("training, 3x3 and Inplace-ABN", in -> trained(square(3, 1, 1), true, in), trainable(3, 17, 18)),
                check("training, 3x3 and batch norm", in -> trained(square(3, 1, 1), false, in), trainable(3, 3, 5)),
                check("training, 1x1 and Inplace-ABN", in -> trained(square(1, 1, 0), true, in), trainable(1, 5, 17)),
                check("training, stride 2", in -> trained(square(3, 2, 1), false, in), trainable(3, 3, 17)),
                equalsParts("training, Inplace-ABN", true),
                equalsParts("training, batch norm", false));
    }

    @Test
    void inPlaceItIsTheSameAndTakesThePlaceOfTheResidual() {
        try (Scope scope = Scope.open()) {
            Tensor x = random(2, 33, 5, 7).make(BackendsUnderTest.reference(), values(2310));
            Tensor w = random(21, 33, 1, 1).buffer().make(BackendsUnderTest.reference(), values(693));
            Tensor bias = random(21).buffer().make(BackendsUnderTest.reference(), values(21));
            Tensor addend = random(2, 21, 5, 7).make(BackendsUnderTest.reference(), values(1470));
            try (ConvAbn.Folded folded = new ConvAbn.Folded(w, bias)) {
                ConvGeometry geometry = square(1, 1, 0);
                Autograd.withoutGradients(() -> {
                    Tensor residual = Scale.scale(2f, addend);
                    float[] expected = ConvAbn.convAbn(x, folded, geometry, residual, Activation.RELU)
                            .toArray();
                    Tensor y = ConvAbn.convAbnInPlace(x, folded, geometry, residual, Activation.RELU);
                    assertThat(y.toArray()).isEqualTo(expected);
                    assertThatThrownBy(residual::toArray).hasMessageContaining("convAbnInPlace");
                    assertThatThrownBy(() -> ConvAbn.convAbnInPlace(x, folded, geometry, x, Activation.RELU))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("another tensor of shape [2, 21, 5, 7] to overwrite");
                    return y;
                });
            }
        }
    }

    private static float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (i * 37 % 101 - 50) / 50f;
        }
        return values;
    }

    private static DynamicTest equalsParts(String name, boolean inPlace) {
        return dynamicTest(name, () -> {
            Well19937c random = new Well19937c(name.hashCode());
            float[][] values = Stream.of(trainable(3, 5, 6))
                    .map(input -> input.draw(random))
                    .toArray(float[][]::new);
            try (Scope scope = Scope.open()) {
                Tensor[] in = tensors(values);
                Tensor[] again = tensors(values);
                ConvGeometry geometry = square(3, 1, 1);
                OpTest.compare(
                        "y",
                        trained(geometry, inPlace, in).toArray(),
                        norm(Conv2d.conv2d(again[0], again[1], null, geometry), inPlace, null, again)
                                .toArray());
                OpTest.compare("running mean", in[4].toArray(), again[4].toArray());
                OpTest.compare("running variance", in[5].toArray(), again[5].toArray());
                Stream.of(in, again).flatMap(Stream::of).forEach(Tensor::close);
            }
        });
    }

    private static Tensor[] tensors(float[][] values) {
        Input[] inputs = trainable(3, 5, 6);
        Tensor[] tensors = new Tensor[values.length];
        for (int i = 0; i < values.length; i++) {
            tensors[i] = inputs[i].make(BackendsUnderTest.reference(), values[i].clone());
        }
        return tensors;
    }

    private static Tensor trained(ConvGeometry geometry, boolean inPlace, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[4], in[5], 0.1f);
        try (ChannelStatistics batch = ChannelStatistics.empty(running)) {
            return norm(Conv2d.conv2d(in[0], in[1], null, geometry, batch), inPlace, batch, in);
        }
    }

    private static Tensor norm(Tensor y, boolean inPlace, @Nullable ChannelStatistics batch, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[4], in[5], 0.1f);
        if (batch == null) {
            return inPlace
                    ? InplaceAbn.inplaceAbn(y, in[2], in[3], running, 1e-5f, Activation.IDENTITY, true)
                    : BatchNorm.batchNorm(y, in[2], in[3], running, 1e-5f, true);
        }
        return inPlace
                ? InplaceAbn.inplaceAbn(y, in[2], in[3], running, 1e-5f, Activation.IDENTITY, batch)
                : BatchNorm.batchNorm(y, in[2], in[3], running, 1e-5f, batch);
    }

    /** As {@link #inputs}, with gradients. */
    private static Input[] trainable(int kernel, int channels, int outputs) {
        Input[] inputs = inputs(kernel, channels, outputs);
        inputs[0] = random(2, channels, 5, 7);
        inputs[1] = random(outputs, channels, kernel, kernel).parameter();
        inputs[2] = random(outputs).between(0.3, 1.5).parameter();
        inputs[3] = random(outputs).parameter();
        return inputs;
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects(
                        "a residual of another shape",
                        List.of("convAbn needs two tensors of one shape", "[2, 5, 5, 7] and [2, 5, 5, 6]"),
                        in -> fused(square(3, 1, 1), ABN, in),
                        with(inputs(3, 3, 5), random(2, 5, 5, 6).constant())),
                rejects(
                        "images that are too small to blur",
                        List.of("convAbnBlur needs images of at least 2x2 pixels"),
                        in -> blurred(square(5, 1, 0), in),
                        inputs(5, 3, 5)),
                rejects(
                        "weights for another kernel",
                        List.of("convAbn needs weights for a kernel of 5x5"),
                        in -> fused(square(5, 1, 2), ABN, in),
                        inputs(3, 3, 5)));
    }

    @Test
    void refusesToBeDifferentiated() {
        try (Scope scope = Scope.open()) {
            Tensor x = random(2, 3, 5, 7).make(BackendsUnderTest.reference(), new float[210]);
            Tensor w = random(5, 3, 3, 3).buffer().make(BackendsUnderTest.reference(), new float[135]);
            Tensor bias = random(5).buffer().make(BackendsUnderTest.reference(), new float[5]);
            try (ConvAbn.Folded folded = new ConvAbn.Folded(w, bias)) {
                assertThatThrownBy(() -> ConvAbn.convAbn(x, folded, square(3, 1, 1), null, Activation.RELU))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("withoutGradients");
                assertThatThrownBy(() -> ConvAbn.convAbnBlur(x, folded, square(3, 1, 1), Activation.RELU))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll("convAbnBlur", "withoutGradients");
            }
        }
    }

    private static DynamicTest equalsParts(String name, Norm norm, Input... inputs) {
        return dynamicTest(name, () -> {
            Well19937c random = new Well19937c(name.hashCode());
            try (Scope scope = Scope.open()) {
                Tensor[] in = Stream.of(inputs)
                        .map(input -> input.make(BackendsUnderTest.reference(), input.draw(random)))
                        .toArray(Tensor[]::new);
                ConvGeometry geometry = square(inputs[1].shape().dim(2), 1, 1);
                float[] expected = parts(geometry, norm, in).toArray();
                OpTest.compare("fused", fused(geometry, norm, in).toArray(), expected);
                Stream.of(in).forEach(Tensor::close);
            }
        });
    }

    private static Tensor fused(ConvGeometry geometry, Norm norm, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[4], in[5], 0.1f);
        try (ConvAbn.Folded folded = ConvAbn.fold(in[1], in[2], in[3], running, norm)) {
            return ConvAbn.convAbn(in[0], folded, geometry, residual(in), activation(norm, in));
        }
    }

    private static Tensor blurred(ConvGeometry geometry, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[4], in[5], 0.1f);
        try (ConvAbn.Folded folded = ConvAbn.fold(in[1], in[2], in[3], running, ABN)) {
            return ConvAbn.convAbnBlur(in[0], folded, geometry, ABN.activation());
        }
    }

    private static Tensor parts(ConvGeometry geometry, Norm norm, Tensor... in) {
        RunningStatistics running = new RunningStatistics(in[4], in[5], 0.1f);
        Tensor y = Conv2d.conv2d(in[0], in[1], null, geometry);
        Activation inNorm = residual(in) == null ? norm.activation() : Activation.IDENTITY;
        y = norm.absoluteWeight()
                ? InplaceAbn.inplaceAbn(y, in[2], in[3], running, norm.epsilon(), inNorm, false)
                : BatchNorm.batchNorm(y, in[2], in[3], running, norm.epsilon(), false);
        Tensor residual = residual(in);
        return residual == null ? y : AddRelu.addRelu(y, residual);
    }

    private static @Nullable Tensor residual(Tensor... in) {
        return in.length > 6 ? in[6] : null;
    }

    private static Activation activation(Norm norm, Tensor... in) {
        return residual(in) == null ? norm.activation() : Activation.RELU;
    }

    private static Input[] inputs(int kernel, int channels, int outputs) {
        return new Input[] {
            random(2, channels, 5, 7).constant(),
            random(outputs, channels, kernel, kernel).buffer(),
            random(outputs).between(0.3, 1.5).buffer(),
            random(outputs).buffer(),
            random(outputs).buffer(),
            random(outputs).between(0.5, 1).positive().buffer()
        };
    }

    private static Input[] withResidual(int kernel, int channels, int outputs) {
        return with(inputs(kernel, channels, outputs), random(2, outputs, 5, 7).constant());
    }

    private static Input[] with(Input[] inputs, Input residual) {
        return Stream.concat(Stream.of(inputs), Stream.of(residual)).toArray(Input[]::new);
    }
}
