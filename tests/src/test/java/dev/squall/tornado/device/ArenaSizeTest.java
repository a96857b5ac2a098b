package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** How large an arena becomes: what TornadoVM adds to it is part of what the user asked for. */
@Tag("sim")
class ArenaSizeTest {
    private static final long MOST = 8L << 30;

    private final TornadoDevice device = Devices.get(0);

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 3_000_000, 1 << 30, MOST - 1, MOST})
    void isAtMostWhatWasAskedFor(long bytes) {
        long arena = (long) Launcher.arenas(bytes, device, false)[0] * ArenaAllocator.VECTOR_BYTES;

        assertThat(arena).isLessThan(bytes).isGreaterThan((long) (0.99 * bytes));
    }

    @Test
    void everyFloatHasAnInt() {
        assertThat((Launcher.arenas(MOST, device, false)[0] + 32L) * ArenaAllocator.LANES)
                .isLessThan(Integer.MAX_VALUE);
    }

    @Test
    void moreThanThereIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(MOST + 1, device, false))
                .withMessageContaining("gives the TornadoVM backend at most 8192 MiB, but");
    }

    @Test
    void aGpuGivesAllOfItsMemoryInSeveralArenas() {
        int[] arenas = Launcher.arenas(80L << 30, device, true);

        assertThat(arenas).hasSize(10);
        assertThat(Arrays.stream(arenas)
                        .mapToLong(vectors -> (long) vectors * ArenaAllocator.VECTOR_BYTES)
                        .sum())
                .isBetween((long) (79.9 * (1L << 30)), 80L << 30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(200L << 30, device, true))
                .withMessageContaining("at most 98304 MiB, but 204800 MiB were asked for");
    }

    @Test
    void tooLittle() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(1000, device, false))
                .withMessageContaining("too small");
    }
}
