package dev.squall.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.op.Sum;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DropPathTest {
    private static final int IMAGES = 400;
    private static final float PROBABILITY = 0.25f;

    private final Backend backend = BackendsUnderTest.reference();

    @Test
    void imagesAreKeptAndMagnifiedOrLeftOutWhole() {
        try (Scope scope = Scope.open();
                DropPath path = new DropPath(PROBABILITY)) {
            float[] values = new float[IMAGES * 2 * 3];
            Arrays.fill(values, 3f);
            Tensor x =
                    Tensor.fromArray(backend, Shape.of(IMAGES, 2, 1, 3), values).requireGradient();
            path.reseed(1);
            Tensor y = path.forward(x);
            float[] results = y.toArray();
            int dropped = 0;
            for (int n = 0; n < IMAGES; n++) {
                float[] image = Arrays.copyOfRange(results, n * 6, n * 6 + 6);
                assertThat(image).containsOnly(image[0]);
                assertThat(image[0]).isIn(0f, 3f / (1 - PROBABILITY));
                dropped += image[0] == 0 ? 1 : 0;
            }
            assertThat((double) dropped / IMAGES).isCloseTo(PROBABILITY, within(0.06));

            Autograd.backward(Sum.sum(y));
            float[] gradient = x.gradient().toArray();
            for (int i = 0; i < gradient.length; i++) {
                assertThat(gradient[i]).isEqualTo(results[i] / 3, within(1e-6f));
            }
        }
    }

    @Test
    void evaluationChangesNothing() {
        try (Scope scope = Scope.open();
                DropPath path = new DropPath(PROBABILITY)) {
            path.eval();
            Tensor x = Tensor.fromArray(backend, Shape.of(2, 1), new float[] {1, 2});
            assertThat(path.forward(x)).isSameAs(x);
        }
    }
}
