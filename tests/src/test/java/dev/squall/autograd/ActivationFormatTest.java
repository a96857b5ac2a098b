package dev.squall.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.op.Conv2d;
import dev.squall.op.Flip;
import dev.squall.op.GlobalAveragePool;
import dev.squall.op.Multiply;
import dev.squall.op.Scale;
import dev.squall.op.Sigmoid;
import dev.squall.op.Sum;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is rounded in mixed precision, what is packed, and when it is there again. */
@Tag("fast")
class ActivationFormatTest {
    private static final Shape IMAGES = Shape.of(2, 3, 4, 5);
    private static final HalfFormat FORMAT = HalfFormat.FP16;

    private final Backend backend = new ReferenceBackend(FORMAT);
    private final Scope scope = Scope.open();

    @AfterEach
    void close() {
        scope.close();
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    private Tensor thirds(Shape shape) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i + 1) / 3f;
        }
        return Tensor.fromArray(backend, shape, values);
    }

    private static float[] rounded(float[] values) {
        float[] halves = values.clone();
        for (int i = 0; i < halves.length; i++) {
            halves[i] = FORMAT.round(halves[i]);
        }
        return halves;
    }

    @Test
    void imagesOfRecordedOperationsAreRoundedAndNothingElseIs() {
        Tensor images = thirds(IMAGES);
        assertThat(Scale.scale(1, images).toArray()).isEqualTo(rounded(images.toArray()));
        Tensor unrecorded = Autograd.withoutGradients(() -> Scale.scale(1, images));
        assertThat(unrecorded.toArray()).isEqualTo(images.toArray());
        Tensor features = thirds(Shape.of(8, 15));
        assertThat(Scale.scale(1, features).toArray()).isEqualTo(features.toArray());
        Tensor mean = GlobalAveragePool.globalAveragePool(images);
        assertThat(mean.toArray()).isNotEqualTo(rounded(mean.toArray()));
        Tensor weights = Tensor.parameter(backend, Shape.of(1, 1, 1, 2), 1 / 3f, 2 / 3f);
        assertThat(Scale.scale(1, weights).toArray()).isEqualTo(weights.toArray());
        weights.close();
    }

    @Test
    void imagesArePackedOnceOnlyTheGraphHoldsThem() {
        Tensor x = thirds(IMAGES).requireGradient();
        Tensor y = Sigmoid.sigmoid(x);
        Storage storage = y.storage();
        float[] values = y.toArray();
        Tensor other = y.detach();
        Tensor sum = Sum.sum(Multiply.multiply(y, y));
        y.close();
        assertThat(storage.isPacked()).isFalse();
        long live = backend.liveBytes();
        other.close();
        assertThat(storage.isPacked()).isTrue();
        assertThat(live - backend.liveBytes()).isEqualTo(storage.bytes() / 2);

        Autograd.backward(sum);
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            // Of the product, then of the sigmoid, of a gradient that is rounded between them.
            float dy = FORMAT.round(2 * values[i]);
            expected[i] = dy * values[i] * (1 - values[i]);
        }
        assertThat(Objects.requireNonNull(x.gradient()).toArray())
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(expected);
    }

    /** Both operations saved the same images: they are unpacked for the first and stay so for the second. */
    @Test
    void imagesThatTwoOperationsSavedAreThereForBoth() {
        Tensor x = thirds(IMAGES).requireGradient();
        Tensor w = Tensor.parameter(backend, Shape.of(1, 3, 1, 1), 1, 2, 3);
        Tensor y = Sigmoid.sigmoid(x);
        Tensor a = Conv2d.conv2d(y, w, null, ConvGeometry.square(1, 1, 0));
        Tensor b = Conv2d.conv2d(y, w, null, ConvGeometry.square(1, 1, 0));
        Storage storage = y.storage();
        y.close();
        assertThat(storage.isPacked()).isTrue();
        Autograd.backward(Sum.sum(Multiply.multiply(a, b)));
        assertThat(storage.isFreed()).isTrue();
        w.close();
    }

    /** What a user gave is the user's, and the seed of a backward pass too. */
    @Test
    void inputsAndSeedsKeepTheirValues() {
        Tensor x = thirds(IMAGES).requireGradient();
        Tensor seed = thirds(IMAGES);
        float[] before = x.toArray();
        Tensor y = Flip.flip(x, 3);
        Autograd.backward(y, seed);
        assertThat(x.toArray()).isEqualTo(before);
        assertThat(seed.toArray()).isEqualTo(before);
    }

    @Test
    void aGraphThatIsGivenUpLeavesNothing() {
        Tensor x = thirds(IMAGES).requireGradient();
        try (Scope _ = Scope.open()) {
            Sigmoid.sigmoid(Sigmoid.sigmoid(x));
        }
        // The fixture looks at the memory.
        assertThat(backend.liveBytes()).isPositive();
    }
}
