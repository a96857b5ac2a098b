package dev.squall.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.op.Exp;
import dev.squall.op.Mean;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class LossScaleTest {
    private final Backend backend = BackendsUnderTest.reference();

    @Test
    void halvesAfterAnOverflowAndDoublesAfterGoodSteps() {
        LossScale scale = new LossScale(new LossScale.Settings(1024, 2, 0.5f, 3));
        scale.update(true);
        scale.update(true);
        assertThat(scale.scale()).isEqualTo(1024);
        scale.update(true);
        assertThat(scale.scale()).isEqualTo(2048);
        scale.update(true);
        scale.update(false);
        assertThat(scale.state()).isEqualTo(new LossScale.State(1024, 0));
        LossScale other = new LossScale(LossScale.Settings.STANDARD);
        assertThat(other.scale()).isEqualTo(65536);
        other.resumeAt(scale.state());
        assertThat(other.state()).isEqualTo(scale.state());
    }

    @Test
    void growsToALimit() {
        LossScale scale = new LossScale(new LossScale.Settings(1, 2, 0.5f, 1));
        for (int i = 0; i < 200; i++) {
            scale.update(true);
        }
        assertThat(scale.scale()).isEqualTo(0x1p40f);
        assertThat(scale.state().isPossible()).isTrue();
        assertThat(new LossScale.State(Float.POSITIVE_INFINITY, 0).isPossible()).isFalse();
        assertThat(new LossScale.State(0, 0).isPossible()).isFalse();
        assertThat(new LossScale.State(1, -1).isPossible()).isFalse();
    }

    @Test
    void gradientsAreTheSameToTheLastBit() {
        try (Tensor x = Tensor.parameter(backend, Shape.of(3), 0.3f, -1.7f, 2.9f);
                Scope _ = Scope.open()) {
            Autograd.backward(Mean.mean(Exp.exp(x)));
            float[] expected = Objects.requireNonNull(x.gradient()).toArray();
            x.setGradient(null);
            LossScale scale = new LossScale(LossScale.Settings.STANDARD);
            scale.backward(Mean.mean(Exp.exp(x)));
            assertThat(Objects.requireNonNull(x.gradient()).toArray()[0]).isEqualTo(65536 * expected[0]);
            scale.unscale(List.of(x));
            assertThat(Objects.requireNonNull(x.gradient()).toArray()).containsExactly(expected);
        }
    }
}
