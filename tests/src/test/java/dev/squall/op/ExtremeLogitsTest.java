package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Logits near the largest float: what is added to them vanishes, and their difference is no float. */
@Tag("fast")
@Tag("opencl")
class ExtremeLogitsTest {
    private static final float HUGE = 3e38f;

    @TestFactory
    Stream<DynamicTest> softmaxAndCrossEntropy() {
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), BackendsUnderTest.others().stream())
                .flatMap(backend -> Stream.of(
                        check(backend, "two equal ones", row(HUGE, HUGE), row(0.5f, 0.5f), Math.log(2)),
                        check(backend, "the least", row(-HUGE, -HUGE, -HUGE), row(1 / 3f, 1 / 3f, 1 / 3f), Math.log(3)),
                        check(backend, "both ends", row(HUGE, -HUGE), row(1, 0), 0),
                        check(
                                backend,
                                "three equal and one below",
                                row(HUGE, HUGE, 0, HUGE),
                                row(1 / 3f, 1 / 3f, 0, 1 / 3f),
                                Math.log(3))));
    }

    private static float[] row(float... values) {
        return values;
    }

    /** The loss is that of class 0. */
    private static DynamicTest check(Backend backend, String name, float[] logits, float[] probabilities, double loss) {
        return dynamicTest(name + " on " + backend.name(), () -> {
            try (Scope _ = Scope.open()) {
                Tensor x = Tensor.fromArray(backend, Shape.of(1, logits.length), logits)
                        .requireGradient();
                float[] softmax = Softmax.softmax(x).toArray();
                Tensor entropy = CrossEntropy.crossEntropy(x, new int[] {0}, 0);
                assertThat((double) entropy.item()).isCloseTo(loss, offset(1e-6));
                Autograd.backward(entropy);
                float[] gradient = x.gradient().toArray();
                for (int c = 0; c < logits.length; c++) {
                    assertThat(softmax[c]).as("probability %d", c).isCloseTo(probabilities[c], offset(1e-6f));
                    assertThat(gradient[c])
                            .as("gradient %d", c)
                            .isCloseTo(probabilities[c] - (c == 0 ? 1 : 0), offset(1e-6f));
                }
            }
        });
    }
}
