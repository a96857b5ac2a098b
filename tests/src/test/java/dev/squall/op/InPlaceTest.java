package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which tensors may be overwritten, and what overwriting leaves behind. */
@Tag("fast")
@Tag("opencl")
class InPlaceTest {
    private static final Shape IMAGES = Shape.of(2, 3, 2, 2);
    private static final Shape KERNEL = Shape.of(3, 3, 1, 1);

    private final Backend backend = BackendsUnderTest.reference();
    private final Tensor weight = Tensor.parameter(backend, Shape.of(3), 1f, 1f, 1f);
    private final Tensor bias = Tensor.parameter(backend, Shape.of(3), 0.5f, 0.5f, 0.5f);
    private final Tensor kernel = Tensor.parameter(backend, KERNEL, new float[KERNEL.elements()]);
    private final RunningStatistics running = new RunningStatistics(
            Tensor.buffer(backend, Shape.of(3), 0f, 0f, 0f), Tensor.buffer(backend, Shape.of(3), 1f, 1f, 1f), 0.1f);
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open();
    }

    @AfterEach
    void close() {
        scope.close();
        Stream.of(weight, bias, kernel, running.mean(), running.variance()).forEach(Tensor::close);
    }

    @TestFactory
    Stream<DynamicTest> anErrorNamesBothOperations() {
        return Stream.of(
                clash("reluInPlace", Relu::reluInPlace, "conv2d", this::conv),
                clash("inplaceAbn", this::abn, "conv2d", this::conv),
                clash("inplaceAbn", this::abn, "silu", Silu::silu),
                clash("inplaceAbn", this::abn, "batchNorm", this::batchNorm),
                clash("inplaceAbn", this::abn, "exciteAddRelu", x -> ExciteAddRelu.exciteAddRelu(x, bias, input())),
                clash("inplaceAbn", this::abn, "multiply", x -> Multiply.multiply(x, x)),
                clash("leakyReluInPlace", x -> LeakyRelu.leakyReluInPlace(x, 0.1f), "maxPool", InPlaceTest::maxPool),
                clash("addReluInPlace", x -> AddRelu.addReluInPlace(x, input()), "conv2d", this::conv));
    }

    @TestFactory
    Stream<DynamicTest> aSavedOutputIsProtectedToo() {
        return Stream.of(
                clashWithOutput("addReluInPlace", x -> AddRelu.addReluInPlace(x, input()), "inplaceAbn", this::abn),
                clashWithOutput("reluInPlace", Relu::reluInPlace, "sigmoid", Sigmoid::sigmoid),
                clashWithOutput("inplaceAbn", this::abn, "addRelu", x -> AddRelu.addRelu(x, input())));
    }

    @Test
    void anOperationThatDoesNotNeedItsInputDoesNotProtectIt() {
        Tensor x = Scale.scale(1f, input().requireGradient());
        Tensor sum = Add.add(x, x);
        Tensor y = Relu.reluInPlace(x);
        Autograd.backward(Sum.sum(Add.add(sum, y)));
        assertThat(y.toArray()).hasSize(24);
    }

    @Test
    void withoutGradientsNothingIsProtected() {
        Tensor x = Autograd.withoutGradients(() -> {
            Tensor images = input().requireGradient();
            Tensor y = conv(images);
            Silu.silu(y);
            return abn(y);
        });
        assertThat(x.requiresGradient()).isFalse();
    }

    @Test
    void afterTheBackwardPassNothingIsProtected() {
        Tensor x = Scale.scale(1f, input().requireGradient());
        Autograd.backward(Sum.sum(Silu.silu(x)));
        assertThat(Relu.reluInPlace(x).toArray()).hasSize(24);
    }

    @Test
    void theOverwrittenTensorIsStale() {
        Tensor x = Scale.scale(1f, input().requireGradient());
        abn(x);
        assertThatThrownBy(x::toArray)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("overwritten in place by inplaceAbn", "use that operation's result");
        assertThatThrownBy(() -> Relu.relu(x)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLeafThatRequiresAGradientIsNotOverwritten() {
        Tensor x = input().requireGradient();
        assertThatThrownBy(() -> Relu.reluInPlace(x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("reluInPlace", "leaf");
    }

    @Test
    void aRefusedOverwriteLeavesTheRunningStatisticsAlone() {
        Tensor x = Scale.scale(1f, input().requireGradient());
        Silu.silu(x);
        assertThatThrownBy(() -> abn(x)).isInstanceOf(IllegalStateException.class);
        assertThat(running.mean().toArray()).containsOnly(0f);
    }

    @Test
    void parametersThatAGraphNeedsAreNotOverwritten() {
        Tensor y = conv(input().requireGradient());
        assertThatThrownBy(() -> kernel.storage().overwrite("step"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("step", "conv2d");
        Autograd.backward(Sum.sum(y));
        kernel.upload(new float[KERNEL.elements()]);
    }

    /** Forward and backward of the in-place norm need no image-sized memory beyond that of their input. */
    @Test
    void inplaceAbnNeedsNoMemory() {
        long image = 4L * IMAGES.elements();
        long statistics = 4L * 3;
        Tensor loss;
        try (Scope block = Scope.open()) {
            Tensor x = Scale.scale(1f, input().requireGradient());
            long before = backend.liveBytes();
            backend.resetPeak();
            Tensor y = abn(x);
            assertThat(backend.peakBytes() - before).as("forward").isEqualTo(2 * statistics);
            assertThat(backend.liveBytes() - before).as("kept").isEqualTo(statistics * 2 - statistics);
            loss = block.keep(Sum.sum(y));
        }
        backend.resetPeak();
        long before = backend.liveBytes();
        Autograd.backward(loss);
        // The gradient of the sum, and those of the weight and the bias.
        assertThat(backend.peakBytes() - before).as("backward").isLessThanOrEqualTo(image + 2 * statistics + 8);
    }

    private DynamicTest clash(String op, UnaryOperator<Tensor> inPlace, String needing, UnaryOperator<Tensor> needs) {
        return dynamicTest(op + " of what " + needing + " needs", () -> {
            Tensor x = Scale.scale(1f, input().requireGradient());
            var unused = needs.apply(x);
            assertRefused(op, inPlace, needing, x);
        });
    }

    private DynamicTest clashWithOutput(
            String op, UnaryOperator<Tensor> inPlace, String needing, UnaryOperator<Tensor> makes) {
        return dynamicTest(op + " of the output of " + needing, () -> {
            Tensor x = Scale.scale(1f, input().requireGradient());
            assertRefused(op, inPlace, needing, makes.apply(x));
        });
    }

    private static void assertRefused(String op, UnaryOperator<Tensor> inPlace, String needing, Tensor x) {
        assertThatThrownBy(() -> inPlace.apply(x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(List.of(op, needing, "[2, 3, 2, 2]").toArray(String[]::new));
        assertThat(x.toArray()).as("still readable").hasSize(24);
    }

    private Tensor input() {
        float[] values = new float[IMAGES.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 5 - 2;
        }
        return Tensor.fromArray(backend, IMAGES, values);
    }

    private Tensor abn(Tensor x) {
        return InplaceAbn.inplaceAbn(x, weight, bias, running, 1e-5f, Activation.leakyRelu(0.01f), true);
    }

    private Tensor batchNorm(Tensor x) {
        return BatchNorm.batchNorm(x, weight, bias, running, 1e-5f, true);
    }

    private Tensor conv(Tensor x) {
        return Conv2d.conv2d(x, kernel, null, ConvGeometry.square(1, 1, 0));
    }

    private static Tensor maxPool(Tensor x) {
        return MaxPool.maxPool(x, PoolGeometry.square(2, 2, 0));
    }
}
