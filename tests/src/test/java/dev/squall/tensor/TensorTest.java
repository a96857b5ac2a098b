package dev.squall.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.op.LeakyRelu;
import dev.squall.op.Multiply;
import dev.squall.op.Relu;
import dev.squall.op.Scale;
import dev.squall.op.Silu;
import dev.squall.op.Sum;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class TensorTest {
    private final Backend backend = BackendsUnderTest.reference();
    private final long liveBefore = backend.liveBytes();
    private final Scope scope = Scope.open();

    @AfterEach
    void everythingIsFreed() {
        scope.close();
        assertThat(backend.liveBytes()).isEqualTo(liveBefore);
    }

    @Test
    void aHandleKeepsItsStorage() {
        Tensor x = activation(1, 2, 3);
        Tensor other = x.detach();
        x.close();
        x.close();
        assertThat(other.toArray()).containsExactly(1, 2, 3);
        assertThatIllegalStateException().isThrownBy(x::toArray).withMessageContaining("closed");
        other.close();
        assertThatIllegalStateException().isThrownBy(other::storage).withMessageContaining("freed");
    }

    @Test
    void uploadReplacesTheContentsForAllHandles() {
        Tensor x = activation(1, 2, 3);
        Tensor other = x.detach();
        x.upload(new float[] {4, 5, 6});
        assertThat(other.toArray()).containsExactly(4, 5, 6);
        FloatBuffer buffer = FloatBuffer.wrap(new float[] {0, 7, 8, 9, 0}, 1, 3);
        other.upload(buffer);
        assertThat(x.toArray()).containsExactly(7, 8, 9);
    }

    @Test
    void aWrongNumberOfValuesTakesNoMemory() {
        long live = backend.liveBytes();
        Shape shape = Shape.of(3);
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.parameter(backend, shape, 1, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.fromArray(backend, shape, 1, 2, 3, 4));
        assertThat(backend.liveBytes()).isEqualTo(live);
    }

    /** The gradient of {@code sum(silu(x))} used to be that of the values uploaded later. */
    @Test
    void whatTheBackwardPassNeedsCannotBeUploadedOver() {
        Tensor x = activation(1, 2, 3).requireGradient();
        Tensor y = Sum.sum(Silu.silu(x));
        assertThatIllegalStateException()
                .isThrownBy(() -> x.upload(new float[] {4, 5, 6}))
                .withMessageContaining("upload would change in place")
                .withMessageContaining("silu still needs");
        Autograd.backward(y);
        double s = 1 / (1 + Math.exp(-1));
        assertThat(x.gradient().toArray()[0]).isEqualTo((float) (s * (1 + (1 - s))));
        x.upload(new float[] {4, 5, 6});
        assertThat(x.toArray()).containsExactly(4, 5, 6);
    }

    /** Two operations of one name that save the same tensor: the end of one's backward pass leaves the other's protection. */
    @Test
    void eachOperationProtectsForItself() {
        Tensor x = activation(1, 2).requireGradient();
        Tensor first = Sum.sum(Silu.silu(x));
        Tensor second = Sum.sum(Silu.silu(x));
        Autograd.backward(first);
        assertThatIllegalStateException()
                .isThrownBy(() -> x.upload(new float[2]))
                .withMessageContaining("silu");
        Autograd.backward(second);
        x.upload(new float[2]);
    }

    @Test
    void whatNoBackwardPassNeedsMayBeUploadedOver() {
        Tensor x = activation(1, 2).requireGradient();
        Tensor y = Sum.sum(Scale.scale(3, x));
        x.upload(new float[] {5, 6});
        Autograd.backward(y);
        assertThat(x.gradient().toArray()).containsExactly(3, 3);
    }

    @Test
    void anOverwrittenActivationIsStaleAndSaysWhy() {
        Tensor x = activation(-1, 2);
        Tensor y = LeakyRelu.leakyReluInPlace(x, 0.5f);
        for (Runnable use : new Runnable[] {x::toArray, x::detach, () -> x.upload(new float[2]), () -> Relu.relu(x)}) {
            assertThatIllegalStateException()
                    .isThrownBy(use::run)
                    .withMessageContaining("overwritten in place by leakyReluInPlace");
        }
        assertThat(y.toArray()).containsExactly(-0.5f, 2);
    }

    @Test
    void aParameterStaysTheSameTensorWhenItIsUpdated() {
        try (Tensor w = Tensor.parameter(backend, Shape.of(2), 1, 2)) {
            int version = w.storage().version();
            w.upload(new float[] {3, 4});
            assertThat(w.toArray()).containsExactly(3, 4);
            assertThat(w.storage().version()).isGreaterThan(version);
        }
    }

    @Test
    void aGradientIsLikeItsTensor() {
        Tensor x = activation(1, 2).requireGradient();
        Tensor shape = activation(1, 2, 3);
        Tensor role = Tensor.of(backend.allocate(Shape.of(2), Role.PARAMETER));
        Tensor closed = activation(1, 2);
        closed.close();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> x.setGradient(shape))
                .withMessageContaining("must be another such, got an activation of shape [3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> x.setGradient(role))
                .withMessageContaining("got a parameter of shape [2]");
        assertThatIllegalStateException().isThrownBy(() -> x.setGradient(closed));
        assertThat(x.gradient()).isNull();
        Tensor first = Tensor.persistent(activation(5, 6).storage());
        x.setGradient(first);
        x.setGradient(null);
        assertThatIllegalStateException().isThrownBy(first::toArray);
    }

    @Test
    void anItemIsTheOnlyElement() {
        assertThat(activation(4).item()).isEqualTo(4);
        assertThatIllegalStateException()
                .isThrownBy(() -> activation(1, 2).item())
                .withMessageContaining("[2]");
    }

    @Test
    void aBackwardPassThatFailsProtectsNothingAnyMore() {
        Tensor x = activation(1, 2).requireGradient();
        Tensor product = Multiply.multiply(x, x);
        Tensor y = Autograd.record("own", product.like(), List.of(product), List.of(), dy -> {
            throw new UnsupportedOperationException("no rule");
        });
        Tensor seed = activation(1, 1);
        assertThatThrownBy(() -> Autograd.backward(y, seed)).hasMessage("no rule");
        x.upload(new float[2]);
        assertThat(Stream.of(x, product, y, seed).allMatch(tensor -> tensor.toArray().length == 2))
                .isTrue();
    }

    private Tensor activation(float... values) {
        return Tensor.fromArray(backend, Shape.of(values.length), values);
    }
}
