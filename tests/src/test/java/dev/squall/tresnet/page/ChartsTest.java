package dev.squall.tresnet.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class ChartsTest {
    /** With at most six decimals, the learning rate at the end of a schedule was 0. */
    @ParameterizedTest
    @CsvSource({
        "7.5e-8, 7.5E-8",
        "0, 0",
        "0.30000000000000004, 0.3",
        "2.380979, 2.381",
        "1200, 1200",
        "123456.7, 123460"
    })
    void aTickHasFiveDigitsAndIsNeverRoundedToZero(double value, String text) {
        assertThat(Charts.tick(value)).isEqualTo(text);
    }
}
