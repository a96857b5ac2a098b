package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
        long arena = (long) Launcher.vectors(bytes, device) * ArenaAllocator.VECTOR_BYTES;

        assertThat(arena).isLessThan(bytes).isGreaterThan((long) (0.99 * bytes));
    }

    @Test
    void everyFloatHasAnInt() {
        assertThat((Launcher.vectors(MOST, device) + 32L) * ArenaAllocator.LANES)
                .isLessThan(Integer.MAX_VALUE);
    }

    @Test
    void moreThanThereIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.vectors(MOST + 1, device))
                .withMessageContaining("gives the TornadoVM backend at most 8192 MiB, but");
    }

    @Test
    void tooLittle() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.vectors(1000, device))
                .withMessageContaining("too small");
    }
}
