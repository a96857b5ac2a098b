package dev.squall.jvm.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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

    @Test
    void sigmoidIsAccurate() {
        double worst = 0;
        double worstPart = 0;
        for (float x = -86.9f; x < 87f; x += 0.00137f) {
            double expected = 1 / (1 + Math.exp(-(double) x));
            double error = Math.abs(VectorMath.sigmoid(Lanes.broadcast(x)).lane(0) - expected);
            worst = Math.max(worst, error);
            worstPart = Math.max(worstPart, x > -10 ? error / expected : 0);
        }
        assertThat(worst).isLessThan(1e-7);
        assertThat(worstPart).isLessThan(3e-7);
    }

    @Test
    void hardSwishKeepsWhatIsNoNumber() {
        float[] values = {Float.NaN, Float.intBitsToFloat(0xFFC00000)};
        for (float x : values) {
            assertThat(ActivationKernels.hardSwish(Lanes.broadcast(x)).lane(0)).isNaN();
        }
        float[] far = {-3e38f, -3f, -0f, 0f, 3f, 3e38f, Float.POSITIVE_INFINITY};
        for (float x : far) {
            assertThat(ActivationKernels.hardSwish(Lanes.broadcast(x)).lane(0))
                    .as("hardSwish(%s)", x)
                    .isEqualTo(x <= -3 ? -0f : x * (Math.min(x + 3, 6) * (1 / 6f)));
        }
    }

    @Test
    void silusDivisorIsThatOfTheSigmoid() {
        float[] far = {0f, -0f, 1e-40f, -1e-40f, 86.9f, -86.9f, 88f, -88f, 3e38f, -3e38f};
        for (float x : far) {
            assertThat(silu(x))
                    .as("silu(%s)", x)
                    .isEqualTo(x * VectorMath.sigmoid(Lanes.broadcast(x)).lane(0), within(1e-7f * Math.abs(x)));
        }
        for (float x = -90f; x < 90f; x += 0.37f) {
            assertThat(VectorMath.siluDivisor(Lanes.broadcast(x)).lane(0))
                    .isEqualTo(VectorMath.sigmoidDivisor(Lanes.broadcast(x)).lane(0));
        }
        assertThat(silu(Float.NaN)).isNaN();
        assertThat(silu(Float.intBitsToFloat(0xFFC00000))).isNaN();
        assertThat(silu(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    }

    private static float silu(float x) {
        return Lanes.broadcast(x)
                .div(VectorMath.siluDivisor(Lanes.broadcast(x)))
                .lane(0);
    }
}
