package dev.squall.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class PluralTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0     | epoch      | 0 epochs",
                "1     | epoch      | 1 epoch",
                "2     | epoch      | 2 epochs",
                "1     | class      | 1 class",
                "3     | class      | 3 classes",
                "94    | batch      | 94 batches",
                "4     | entry      | 4 entries",
                "5     | copy       | 5 copies",
                "6     | day        | 6 days",
                "12000 | test image | 12,000 test images"
            })
    void namesOneAndMany(long number, String noun, String words) {
        assertThat(Plural.of(number, noun)).isEqualTo(words);
    }
}
