package dev.squall.bench.paper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.bench.paper.Statistics.Estimate;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void theIntervalOfAMedianLiesBetweenSamplesOfBinomialRanks() {
        // Of 9 samples, the second and the eighth enclose the median with 1 - 2 * (1 + 9) / 512 = 0.961.
        Estimate nine = Statistics.medianWithInterval(9, 8, 7, 6, 5, 4, 3, 2, 1);
        assertThat(nine.value()).isEqualTo(5);
        assertThat(nine.low()).isEqualTo(2);
        assertThat(nine.high()).isEqualTo(8);
        assertThat(nine.confidence()).isCloseTo(1 - 20.0 / 512, within(1e-12));

        // Of 3 samples, not even all enclose it with 0.95, only with 1 - 2 / 8.
        Estimate three = Statistics.medianWithInterval(3, 1, 2);
        assertThat(three.low()).isEqualTo(1);
        assertThat(three.high()).isEqualTo(3);
        assertThat(three.confidence()).isCloseTo(0.75, within(1e-12));
    }

    @Test
    void theIntervalHoldsTheMedianAsOftenAsItSays() {
        Random random = new Random(5);
        long held = IntStream.range(0, 4000)
                .filter(_ -> {
                    // The median of this skewed distribution is ln 2.
                    double[] samples =
                            random.doubles(11).map(u -> -Math.log(1 - u)).toArray();
                    Estimate estimate = Statistics.medianWithInterval(samples);
                    return estimate.low() <= Math.log(2) && Math.log(2) <= estimate.high();
                })
                .count();
        assertThat(held / 4000.0).as("1 - 2 * 12 / 2048 in theory").isBetween(0.98, 0.996);
    }

    @Test
    void aRateHasTheIntervalOfItsTimesTurnedRound() {
        Estimate rate = new Estimate(0.5, 0.25, 1, 0.95).per(8);
        assertThat(rate.value()).isEqualTo(16);
        assertThat(rate.low()).isEqualTo(8);
        assertThat(rate.high()).isEqualTo(32);
    }

    @Test
    void theIntervalOfAMeanIsStudents() {
        // Of 1, 2, 3: mean 2, deviation 1, t of 2 degrees of freedom 4.3027.
        Estimate estimate = Statistics.meanWithInterval(1, 2, 3);
        assertThat(estimate.low()).isCloseTo(2 - 4.302653 / Math.sqrt(3), within(1e-5));
        assertThat(Statistics.meanWithInterval(4).low()).isNegative().isInfinite();
    }

    @Test
    void onlyWhatChanceSeldomShowsIsADifference() {
        double[] fast = {1.0, 1.1, 0.9, 1.05, 0.95, 1.02, 1.01};
        double[] slow = {1.3, 1.4, 1.2, 1.35, 1.25, 1.32, 1.31};
        assertThat(Statistics.probabilityOfEqualTimes(fast, slow)).isLessThan(0.01);
        assertThat(Statistics.probabilityOfEqualTimes(fast, fast)).isGreaterThan(0.5);
        assertThat(Statistics.probabilityOfEqualMeans(fast, slow)).isLessThan(0.01);
        assertThat(Statistics.probabilityOfEqualMeans(fast, fast)).isEqualTo(1);
        assertThat(Statistics.probabilityOfEqualMeans(new double[] {1}, new double[] {2}))
                .isEqualTo(1);
    }
}
