package dev.squall.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.op.Scale;
import dev.squall.op.Silu;
import dev.squall.op.Sum;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ScopeTest {
    private final Backend backend = BackendsUnderTest.reference();
    private final long liveBefore = backend.liveBytes();

    @Test
    void freesWhatWasMadeInItAndNotKept() {
        Tensor kept;
        try (Scope outer = Scope.open()) {
            Tensor freed;
            try (Scope inner = Scope.open()) {
                freed = activation();
                kept = inner.keep(activation());
            }
            assertThat(freed)
                    .satisfies(tensor -> assertThatIllegalStateException().isThrownBy(tensor::storage));
            assertThat(kept.toArray()).hasSize(2);
            assertThat(outer.keep(kept)).isSameAs(kept);
        }
        assertThat(kept.toArray()).hasSize(2);
        kept.close();
        assertThat(backend.liveBytes()).isEqualTo(liveBefore);
    }

    @Test
    void whatAnOperationSavedOutlivesAnInnerScope() {
        try (Scope _ = Scope.open()) {
            Tensor x = activation().requireGradient();
            Tensor loss;
            try (Scope block = Scope.open()) {
                Tensor copy = Scale.scale(1, x);
                loss = block.keep(Sum.sum(Silu.silu(copy)));
            }
            Autograd.backward(loss);
            assertThat(x.gradient().toArray()).hasSize(2);
        }
        assertThat(backend.liveBytes()).isEqualTo(liveBefore);
    }

    @Test
    void theOutermostDropsAGraphThatNobodyDifferentiated() {
        try (Scope _ = Scope.open()) {
            Silu.silu(activation().requireGradient());
        }
        assertThat(backend.liveBytes()).isEqualTo(liveBefore);
    }

    @Test
    void isClosedInOrderOnItsThread() throws InterruptedException {
        try (Scope outer = Scope.open()) {
            try (Scope inner = Scope.open()) {
                assertThatIllegalStateException().isThrownBy(outer::close).withMessageContaining("reverse order");
                assertThat(Scope.outermost()).isSameAs(outer);
                Thread other = new Thread(() -> {
                    assertThat(Scope.isOpen()).isFalse();
                    assertThatIllegalStateException().isThrownBy(inner::close);
                });
                other.start();
                other.join();
                assertThat(inner.isClosed()).isFalse();
            }
            assertThat(outer.isClosed()).isFalse();
        }
        assertThat(Scope.isOpen()).isFalse();
    }

    private Tensor activation() {
        return Tensor.fromArray(backend, Shape.of(2), 1, 2);
    }
}
