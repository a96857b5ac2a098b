package dev.squall.jvm.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.jvm.runtime.Lanes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class VectorMathTest {
    @Test
    void expIsAccurateToAboutOneUlp() {
        double worst = 0;
        for (float x = -86.9f; x < 87.9f; x += 0.00173f) {
            float actual = VectorMath.exp(Lanes.broadcast(x)).lane(0);
            double expected = Math.exp(x);
            worst = Math.max(worst, Math.abs(actual - expected) / Math.ulp((float) expected));
        }
        assertThat(worst).isLessThan(1.5);
    }

    @Test
    void sigmoidSaturates() {
        assertThat(VectorMath.sigmoid(Lanes.broadcast(0)).lane(0)).isEqualTo(0.5f);
        assertThat(VectorMath.sigmoid(Lanes.broadcast(1000)).lane(0)).isEqualTo(1f);
        assertThat(VectorMath.sigmoid(Lanes.broadcast(-1000)).lane(0)).isBetween(0f, 1e-37f);
    }
}
