package dev.squall.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.Elementwise;
import dev.squall.op.Sum;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An operation of one's own, forward and backward, out of the primitives that every backend has. */
@Tag("fast")
class OwnOperationTest {
    /**
     * The cube of each element: {@code y = x^3}; {@code dx = 3 x^2 dy}.
     *
     * @param x any shape
     */
    private static Tensor cube(Tensor x) {
        Elementwise elementwise = Backend.of(x).elementwise();
        Tensor y = x.like();
        elementwise.multiply(x.storage(), x.storage(), y.storage());
        elementwise.multiply(y.storage(), x.storage(), y.storage());
        // x is in the list of what the way back needs, so nobody may overwrite it until then.
        return Autograd.record("cube", y, List.of(x), List.of(x), dy -> {
            Tensor dx = x.like();
            elementwise.multiply(x.storage(), x.storage(), dx.storage());
            elementwise.scale(3f, dx.storage(), dx.storage());
            elementwise.multiply(dx.storage(), dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "jvm"})
    void hasItsGradient(String name) {
        try (Backend backend = Backends.open(name, BackendOptions.DEFAULT).backend();
                Scope _ = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(1, 3), 2f, -1f, 0.5f).requireGradient();
            Tensor loss = Sum.sum(cube(x));
            assertThat(loss.item()).isCloseTo(7.125f, within(1e-5f));
            Autograd.backward(loss);
            assertThat(x.gradient().toArray()).containsExactly(12f, 3f, 0.75f);
        }
    }
}
