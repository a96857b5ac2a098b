package dev.squall.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ScheduleTest {
    /** The rule of PyTorch's OneCycleLR(max_lr=0.1, total_steps=100): 29 steps up from 0.004, 70 down to 4e-7. */
    @ParameterizedTest
    @CsvSource({"0, 0.004", "10, 0.0295163948", "29, 0.1", "50, 0.0793893451", "99, 4e-7"})
    void oneCycle(int step, double expected) {
        assertThat((double) OneCycle.of(0.1f, 100).learningRate(step)).isCloseTo(expected, within(1e-8));
    }

    @Test
    void oneCycleStaysWithinItsBoundsAndKeepsItsLastRate() {
        Schedule schedule = OneCycle.of(1f, 50);
        for (int step = 0; step < 60; step++) {
            assertThat(schedule.learningRate(step)).isBetween(0f, 1f);
        }
        assertThat(schedule.learningRate(55)).isEqualTo(schedule.learningRate(49));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void veryShortCyclesAreDefined(int steps) {
        Schedule schedule = OneCycle.of(1f, steps);
        for (int step = 0; step < steps; step++) {
            assertThat(schedule.learningRate(step)).isBetween(0f, 1f);
        }
    }

    @Test
    void cosineWithWarmUp() {
        Schedule schedule = new CosineWithWarmUp(0.8f, 4, 15, 0.2f);
        assertThat(schedule.learningRate(0)).isEqualTo(0.2f);
        assertThat(schedule.learningRate(3)).isEqualTo(0.8f);
        assertThat(schedule.learningRate(4)).isEqualTo(0.8f);
        assertThat(schedule.learningRate(9)).isCloseTo(0.5f, within(1e-6f));
        assertThat(schedule.learningRate(14)).isCloseTo(0.2f, within(1e-6f));
        assertThat(schedule.learningRate(100)).isCloseTo(0.2f, within(1e-6f));
    }

    @Test
    void constant() {
        assertThat(new Constant(0.3f).learningRate(12)).isEqualTo(0.3f);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> OneCycle.of(1f, 0)).hasMessageContaining("at least one step");
        assertThatThrownBy(() -> new CosineWithWarmUp(1f, 10, 10, 0f))
                .hasMessageContaining("shorter than the 10 steps");
    }
}
