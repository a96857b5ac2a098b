package dev.squall.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.Add;
import dev.squall.op.Conv2d;
import dev.squall.op.Multiply;
import dev.squall.op.Relu;
import dev.squall.op.Scale;
import dev.squall.op.Sigmoid;
import dev.squall.op.Sum;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class AutogradTest {
    private final Backend backend = BackendsUnderTest.reference();
    private final long liveBefore = backend.liveBytes();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open();
    }

    /** Whatever a test does, its scope frees it all. */
    @AfterEach
    void scopesFreeEverything() {
        scope.close();
        assertThat(backend.liveBytes()).isEqualTo(liveBefore);
    }

    @Test
    void aSharedExpressionGetsTheSumOfItsGradients() {
        Tensor x = leaf(3f);
        Tensor square = Multiply.multiply(x, x);
        Tensor diamond = Add.add(Scale.scale(2f, square), Multiply.multiply(square, x));
        Autograd.backward(diamond);
        // d/dx (2 x^2 + x^3) = 4 x + 3 x^2
        assertThat(gradient(x)).containsExactly(39f);
    }

    @Test
    void aGradientHandedToTwoInputsIsNotOverwrittenByOneOfThem() {
        Tensor x = leaf(1f, -2f);
        Tensor y = leaf(5f, 7f);
        Tensor sum = Add.add(Scale.scale(3f, x), Scale.scale(4f, y));
        Autograd.backward(Sum.sum(Add.add(sum, Scale.scale(-1f, sum))));
        assertThat(gradient(x)).containsExactly(0f, 0f);
        Autograd.backward(Sum.sum(Add.add(Scale.scale(3f, x), Scale.scale(4f, y))));
        assertThat(gradient(x)).containsExactly(3f, 3f);
        assertThat(gradient(y)).containsExactly(4f, 4f);
    }

    @Test
    void theStartingGradientIsLeftUnchanged() {
        Tensor x = leaf(1f, 2f);
        Tensor seed = Tensor.fromArray(backend, Shape.of(2), 10f, 20f);
        Autograd.backward(Scale.scale(3f, x), seed);
        assertThat(seed.toArray()).containsExactly(10f, 20f);
        assertThat(gradient(x)).containsExactly(30f, 60f);
    }

    @Test
    void gradientsAccumulateUntilTheyAreDropped() {
        Tensor x = leaf(1f, 2f);
        Autograd.backward(Sum.sum(Scale.scale(3f, x)));
        Autograd.backward(Sum.sum(Scale.scale(4f, x)));
        assertThat(gradient(x)).containsExactly(7f, 7f);
        x.setGradient(null);
        Autograd.backward(Sum.sum(x));
        assertThat(gradient(x)).containsExactly(1f, 1f);
    }

    @Test
    void aGraphIsDifferentiatedOnce() {
        Tensor loss = Sum.sum(Sigmoid.sigmoid(leaf(1f)));
        Autograd.backward(loss);
        assertThatThrownBy(() -> Autograd.backward(loss))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("sum", "already", "run the forward pass again");
    }

    @Test
    void aSharedPartOfTwoGraphsIsDifferentiatedOnce() {
        Tensor y = Sigmoid.sigmoid(leaf(1f));
        Tensor first = Sum.sum(y);
        Tensor second = Sum.sum(y);
        Autograd.backward(first);
        assertThatThrownBy(() -> Autograd.backward(second))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sigmoid");
    }

    @Test
    void onlyScalarsStartByThemselves() {
        Tensor y = Relu.relu(leaf(1f, 2f));
        assertThatThrownBy(() -> Autograd.backward(y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2]");
    }

    @Test
    void withoutALeafThereIsNothingToDifferentiate() {
        Tensor y = Sum.sum(Tensor.fromArray(backend, Shape.of(2), 1f, 2f));
        assertThatThrownBy(() -> Autograd.backward(y))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("recorded operation");
    }

    @Test
    void withoutGradientsNothingIsRecorded() {
        Tensor x = leaf(1f);
        Tensor y = Autograd.withoutGradients(() -> {
            assertThat(Autograd.isRecording()).isFalse();
            return Sum.sum(x);
        });
        assertThat(y.requiresGradient()).isFalse();
        assertThat(y.node()).isNull();
        assertThat(Autograd.isRecording()).isTrue();
    }

    @Test
    void recordingComesBackAfterAnException() {
        assertThatThrownBy(() -> Autograd.withoutGradients(() -> {
                    throw new IllegalStateException("as planned");
                }))
                .hasMessage("as planned");
        assertThat(Autograd.isRecording()).isTrue();
    }

    @Test
    void aLongChainNeedsNoDeepStack() {
        Tensor x = leaf(1f);
        Tensor y = x;
        for (int i = 0; i < 20_000; i++) {
            y = Scale.scale(1f, y);
        }
        Autograd.backward(y);
        assertThat(gradient(x)).containsExactly(1f);
    }

    @Test
    void savedActivationsOutliveTheirBlockAndAreFreedByTheBackwardPass() {
        Tensor x = leaf(new float[1000]);
        long before = backend.liveBytes();
        Tensor loss;
        try (Scope block = Scope.open()) {
            loss = block.keep(Sum.sum(Sigmoid.sigmoid(Sigmoid.sigmoid(x))));
        }
        assertThat(backend.liveBytes() - before)
                .as("two saved outputs and the loss")
                .isEqualTo(2 * 4000 + 4);
        backend.resetPeak();
        Autograd.backward(loss);
        assertThat(backend.liveBytes() - before)
                .as("the gradient of x and the loss")
                .isEqualTo(4000 + 4);
        // One gradient that is overwritten on its way down, beside the two saved outputs and two scalars.
        assertThat(backend.peakBytes() - before).isLessThanOrEqualTo(3 * 4000 + 8);
    }

    @Test
    void onlyWhatTheBackwardPassNeedsIsSaved() {
        Tensor x = leaf(new float[1000]);
        long before = backend.liveBytes();
        Tensor loss;
        try (Scope block = Scope.open()) {
            loss = block.keep(Sum.sum(Add.add(Scale.scale(2f, x), Scale.scale(3f, x))));
        }
        assertThat(backend.liveBytes() - before).isEqualTo(4);
        Autograd.backward(loss);
    }

    @Test
    void aConvolutionWithFrozenWeightsKeepsNoImages() {
        Tensor x = Tensor.fromArray(backend, Shape.of(1, 1, 10, 10), new float[100])
                .requireGradient();
        long before = backend.liveBytes();
        Tensor loss;
        try (Scope block = Scope.open();
                Tensor frozen = Tensor.buffer(backend, Shape.of(1, 1, 1, 1), 2f)) {
            Tensor y = Conv2d.conv2d(Scale.scale(1f, x), frozen, null, ConvGeometry.square(1, 1, 0));
            loss = block.keep(Sum.sum(y));
        }
        assertThat(backend.liveBytes() - before).as("the weight and the loss").isEqualTo(8);
        Autograd.backward(loss);
        assertThat(gradient(x)).containsOnly(2f);
    }

    @Test
    void whatWasNeverDifferentiatedIsFreedWithTheOutermostScope() {
        Sum.sum(Sigmoid.sigmoid(leaf(new float[1000])));
    }

    private Tensor leaf(float... values) {
        return Tensor.fromArray(backend, Shape.of(values.length), values).requireGradient();
    }

    private static float[] gradient(Tensor leaf) {
        Tensor gradient = leaf.gradient();
        assertThat(gradient).isNotNull();
        return gradient.toArray();
    }
}
