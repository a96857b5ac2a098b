package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tiles a device gets. */
@Tag("fast")
class TilingTest {
    /** 32 KB are what OpenCL promises, and what wide tiles fill; some bytes are TornadoVM's, and a driver refuses to launch what takes more than there is. */
    @ParameterizedTest
    @CsvSource({"32768, false", "49152, true", "65536, true"})
    void wideTilesLeaveLocalMemoryForTornadoVm(long localBytes, boolean wide) {
        Tiling tiling = Tiling.of(localBytes, 1024, (tilesInX, round) -> new Split(1, 100, 1000 * tilesInX * round));

        assertThat(tiling.wide()).isEqualTo(wide);
    }
}
