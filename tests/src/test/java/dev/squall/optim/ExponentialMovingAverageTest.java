package dev.squall.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ExponentialMovingAverageTest {
    private final Backend backend = new ReferenceBackend();
    private final Tensor value = Tensor.parameter(backend, Shape.of(2), 1f, 5f);

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void equalsItsFormula() {
        ExponentialMovingAverage average = new ExponentialMovingAverage(Map.of("w", value), 0.3f);
        double expected = 1;
        for (int t = 1; t <= 6; t++) {
            value.upload(new float[] {t * t, 0});
            average.update();
            double d = Math.min(0.3, (1.0 + t) / (10.0 + t));
            expected = d * expected + (1 - d) * t * t;
        }
        assertThat((double) average.averages().get("w").toArray()[0]).isCloseTo(expected, within(1e-5));
        assertThat(average.updates()).isEqualTo(6);
    }

    @Test
    void swapsInAndBackBitForBit() {
        ExponentialMovingAverage average = new ExponentialMovingAverage(Map.of("w", value), 0.9f);
        value.upload(new float[] {0.1f, 0.2f});
        float[] averaged = average.averages().get("w").toArray();
        int version = value.storage().version();
        try (ExponentialMovingAverage.Swapped _ = average.swapIn()) {
            assertThat(value.toArray()).isEqualTo(averaged);
            assertThat(value.storage().version()).isGreaterThan(version);
            assertThatThrownBy(average::update).hasMessageContaining("swapIn");
        }
        assertThat(value.toArray()).containsExactly(0.1f, 0.2f);
        assertThat(average.averages().get("w").toArray()).isEqualTo(averaged);
    }

    @Test
    void closingFreesTheAverages() {
        long before = backend.liveBytes();
        new ExponentialMovingAverage(Map.of("w", value), 0.9f).close();
        assertThat(backend.liveBytes()).isEqualTo(before);
    }
}
