package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.squall.tornado.kernel.MemoryKernels;
import dev.squall.tornado.sim.SimulatorOptions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

/** How large an arena becomes: what TornadoVM adds to it is part of what the user asked for. */
@Tag("sim")
class ArenaSizeTest {
    private static final long GIB = 1L << 30;
    private static final long MOST = 8 * GIB;

    private final TornadoDevice device = Devices.get(0);

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 3_000_000, 1 << 30, MOST - 1, MOST})
    void isAtMostWhatWasAskedFor(long bytes) {
        long arena = (long) Launcher.arenas(bytes, device, false, false)[0] * ArenaAllocator.VECTOR_BYTES;

        assertThat(arena).isLessThan(bytes).isGreaterThan((long) (0.99 * bytes));
    }

    @Test
    void everyFloatHasAnInt() {
        assertThat((Launcher.arenas(MOST, device, false, false)[0] + 32L) * ArenaAllocator.LANES)
                .isLessThan(Integer.MAX_VALUE);
    }

    @Test
    void moreThanThereIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(MOST + 1, device, false, false))
                .withMessageContaining("gives the TornadoVM backend at most 8192 MiB, but");
    }

    @Test
    void aGpuGivesAllOfItsMemoryInSeveralArenas() {
        int[] arenas = Launcher.arenas(80L << 30, device, true, false);

        assertThat(arenas).hasSize(10);
        assertThat(Arrays.stream(arenas)
                        .mapToLong(vectors -> (long) vectors * ArenaAllocator.VECTOR_BYTES)
                        .sum())
                .isBetween((long) (79.9 * (1L << 30)), 80L << 30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(200L << 30, device, true, false))
                .withMessageContaining("at most 98304 MiB, but 204800 MiB were asked for");
    }

    /** The simulator's device says that it has 96 GiB. */
    @ParameterizedTest
    @CsvSource({"256, GPU, 72", "64, GPU, 32", "256, CPU, 1", "1, CPU, 0.5"})
    void whoDoesNotChooseGetsMostOfAGpuButNoMoreThanHalfOfTheHost(
            double host, TornadoDeviceType type, double standard) {
        SimulatorOptions before = SimulatorOptions.current();
        SimulatorOptions.set(before.withDevice(type));
        try {
            assertThat(Launcher.standard(device, (long) (host * GIB))).isEqualTo((long) (standard * GIB));
        } finally {
            SimulatorOptions.set(before);
        }
    }

    /** A device is asked for memory when it is needed. */
    @Test
    void arenasAreMadeWhenTheyAreUsed() {
        int[] vectors = {4 * Device.ZERO_VECTORS, 4 * Device.ZERO_VECTORS, 4 * Device.ZERO_VECTORS};
        try (Device several = new Device(device, List.of(MemoryKernels.FILL), vectors, true, _ -> {})) {
            assertThat(several.made()).isEqualTo(1);
            several.launch(MemoryKernels.FILL, new int[] {2}, 1, 1, new int[] {1, 2000}, 3f);
            assertThat(several.made()).isEqualTo(2);
            several.launch(MemoryKernels.FILL, new int[] {2}, 1, 1, new int[] {1, 2000}, 3f);
            several.launch(MemoryKernels.FILL, new int[] {0}, 1, 1, new int[] {1, 2000}, 3f);
            assertThat(several.made()).isEqualTo(2);
        }
    }

    @Test
    void tooLittle() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.arenas(1000, device, false, false))
                .withMessageContaining("too small");
    }
}
