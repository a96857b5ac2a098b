package dev.squall.backend.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.autograd.Autograd;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.op.Conv2d;
import dev.squall.op.Relu;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class MetaBackendTest {
    private final MetaBackend backend = new MetaBackend();

    @Test
    void convolutionCountsOneMultiplyAddForEachProductOfTheWindow() {
        ConvGeometry geometry = ConvGeometry.square(3, 2, 1).grouped(2);
        Tensor x = Tensor.empty(backend, Shape.of(5, 4, 8, 8));
        Tensor w = Tensor.buffer(backend, Shape.of(6, 2, 3, 3), new float[6 * 2 * 9])
                .requireGradient();
        Counters before = backend.counters();
        Tensor y = Conv2d.conv2d(x, w, null, geometry);
        Counters forward = backend.counters().since(before);

        long products = 5L * 6 * 4 * 4 * 2 * 9;
        assertThat(y.shape()).isEqualTo(Shape.of(5, 6, 4, 4));
        assertThat(forward).isEqualTo(new Counters(products, 4L * (5 * 4 * 64 + 6 * 2 * 9 + 5 * 6 * 16), 1));

        Tensor dy = y.like();
        before = backend.counters();
        Autograd.backward(y, dy);
        Counters weightGradient = backend.counters().since(before);
        assertThat(weightGradient.multiplyAdds())
                .as("only the weight's gradient is asked for")
                .isEqualTo(products);
        assertThat(w.gradient()).isNotNull();
    }

    /** It is made of two primitives. */
    @Test
    void blurredConvolutionCountsAsItsParts() {
        ConvGeometry geometry = ConvGeometry.square(3, 1, 1);
        Tensor x = Tensor.empty(backend, Shape.of(2, 4, 7, 7));
        Tensor w = Tensor.buffer(backend, Shape.of(5, 4, 3, 3), new float[5 * 4 * 9]);
        Tensor y = Tensor.empty(backend, Shape.of(2, 5, 4, 4));
        backend.convolution().forwardBlurred(x.storage(), w.storage(), geometry, Epilogue.NONE, y.storage());
        int sharp = 2 * 5 * 49;
        assertThat(backend.counters())
                .isEqualTo(new Counters(sharp * 4L * 9, 4L * (2 * 4 * 49 + 5 * 4 * 9 + 2 * sharp + 2 * 5 * 16), 2));
    }

    @Test
    void matrixProductCountsAllThreeExtents() {
        Tensor a = Tensor.empty(backend, Shape.of(7, 3));
        Tensor b = Tensor.empty(backend, Shape.of(7, 5));
        Tensor c = Tensor.empty(backend, Shape.of(3, 5));
        backend.matmul().matmul(a.storage(), true, b.storage(), false, c.storage());
        assertThat(backend.counters()).isEqualTo(new Counters(3 * 5 * 7, 4L * (21 + 35 + 15), 1));
    }

    @Test
    void memoryIsCountedButNotAllocated() {
        long gigabyte = 1L << 30;
        try (Scope scope = Scope.open()) {
            Shape large = Shape.of(1 << 28);
            for (int i = 0; i < 100; i++) {
                Tensor.empty(backend, large);
            }
            assertThat(backend.liveBytes()).isEqualTo(100 * gigabyte);
        }
        assertThat(backend.liveBytes()).isZero();
        assertThat(backend.peakBytes()).isEqualTo(100 * gigabyte);
        backend.resetPeak();
        assertThat(backend.peakBytes()).isZero();
    }

    @Test
    void everythingReadsAsZero() {
        Tensor x = Tensor.fromArray(backend, Shape.of(2), 3, 4);
        assertThat(Relu.relu(x).toArray()).containsExactly(0, 0);
    }

    @ParameterizedTest
    @CsvSource({"99,0", "100,1", "199,1", "1234,12", "6399,63", "6400,64", "1000000,64"})
    void largestBatchFits(long memory, int expected) {
        assertThat(LargestBatch.fitting(memory, 64, batch -> 100L * batch)).isEqualTo(expected);
    }

    @Test
    void largestBatchNeverTriesMuchMoreThanFits() {
        List<Integer> tried = new ArrayList<>();
        LargestBatch.fitting(3000, 1 << 30, batch -> {
            tried.add(batch);
            return 100L * batch;
        });
        assertThat(tried).allMatch(batch -> batch <= 60).hasSizeLessThan(15);
        assertThatThrownBy(() -> LargestBatch.fitting(1, 0, batch -> 0)).hasMessageContaining("at least 1, got 0");
    }
}
