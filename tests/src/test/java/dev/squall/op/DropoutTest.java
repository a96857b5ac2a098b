package dev.squall.op;

import static dev.squall.op.Dropout.dropout;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.squall.BackendsUnderTest;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class DropoutTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("half of images", in -> dropout(in[0], 0.5f, 1, true), random(2, 5, 5, 7)),
                check("a tenth of features", in -> dropout(in[0], 0.1f, 123456789012L, true), random(3, 33)),
                check("17 channels of one pixel", in -> dropout(in[0], 0.3f, -5, true), random(2, 17, 1, 1)),
                check("nothing", in -> dropout(in[0], 0f, 1, true), random(3, 5)),
                check("evaluation", in -> dropout(in[0], 0.9f, 1, false), random(3, 5)),
                rejects("everything", List.of("[0, 1)", "got 1.0"), in -> dropout(in[0], 1f, 1, true), random(5)));
    }

    @Test
    void dropsTheAskedShareAndKeepsTheMean() {
        float[] y = droppedOnes(0.3f, 7);
        long dropped = 0;
        double sum = 0;
        for (float v : y) {
            dropped += v == 0 ? 1 : 0;
            sum += v;
        }
        // Five standard deviations of a binomial share.
        assertThat((double) dropped / y.length).isCloseTo(0.3, offset(5 * Math.sqrt(0.3 * 0.7 / y.length)));
        assertThat(sum / y.length).isCloseTo(1, offset(0.05));
    }

    @Test
    void theSeedDecides() {
        assertThat(droppedOnes(0.5f, 7)).isEqualTo(droppedOnes(0.5f, 7)).isNotEqualTo(droppedOnes(0.5f, 8));
    }

    private static float[] droppedOnes(float p, long seed) {
        float[] ones = new float[20_000];
        Arrays.fill(ones, 1f);
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(BackendsUnderTest.reference(), Shape.of(ones.length), ones);
            return dropout(x, p, seed, true).toArray();
        }
    }
}
