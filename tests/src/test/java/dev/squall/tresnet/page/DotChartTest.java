package dev.squall.tresnet.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.page.DotChart.Dot;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class DotChartTest {
    /** However many rows there are, each has its name, and the axis is where the values are. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 8, 13, 24})
    void eachRowOfADotChartIsNamedAndTheAxisDoesNotBeginAtZero(int rows) {
        List<Dot> dots = IntStream.range(0, rows)
                .mapToObj(i -> new Dot("variant number " + i, 89 + 0.1 * i, 88.5 + 0.1 * i, 89.25 + 0.1 * i))
                .toList();
        String svg = DotChart.svg("accuracy", "top-1, %", dots, 89);
        dots.forEach(dot -> assertThat(svg).contains(">" + dot.name() + "<"));
        assertThat(svg).containsPattern(">(89|89.0|89.00)<").doesNotContainPattern(">0(.0*)?<");
    }

    @Test
    void aValueOfOneMeasurementHasNoInterval() {
        Dot single = new Dot("one seed", 89, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        assertThat(DotChart.svg("accuracy", "top-1, %", List.of(single), 89)).contains(">one seed<");
    }
}
