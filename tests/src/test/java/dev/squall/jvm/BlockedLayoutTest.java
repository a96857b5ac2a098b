package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class BlockedLayoutTest {
    @ParameterizedTest
    @CsvSource({"1,1,1,1", "2,3,5,7", "1,17,1,4", "3,16,4,1", "2,83,3,3", "2,33,1,1"})
    void roundTripsAndKeepsHaloAndPaddingZero(int n, int c, int h, int w) {
        var layout = new BlockedLayout(n, c, h, w);
        var random = new SplittableRandom(1);
        var values = new float[n * c * h * w];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1 + (float) random.nextDouble();
        }
        try (var memory = new Memory()) {
            long address = memory.allocate(layout.bytes()).address();
            for (long at = address; at < address + layout.bytes(); at += Float.BYTES) {
                Lanes.set(at, Float.NaN);
            }
            layout.write(address, values);
            var back = new float[values.length];
            layout.read(address, back);
            assertThat(back).containsExactly(values);
            int nonZero = 0;
            for (long at = address; at < address + layout.bytes(); at += Float.BYTES) {
                nonZero += Lanes.get(at) == 0f ? 0 : 1;
            }
            assertThat(nonZero).isEqualTo(values.length);
        }
    }
}
