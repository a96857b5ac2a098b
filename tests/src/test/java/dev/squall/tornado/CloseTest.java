package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A backend that is closed gives its memory back. */
@Tag("opencl")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class CloseTest {
    private static final long ARENA_BYTES = 256L << 20;
    private static final int CYCLES = 4;
    private static final Shape IMAGE = Shape.of(1, 8, 5, 5);
    private static final float[] VALUES = new float[8 << 20];

    /** The first cycle is left out, in which TornadoVM itself takes memory; half of what a leak would add is left to the JVM. */
    @ParameterizedTest
    @EnumSource(names = {"FAST", "MIXED"})
    void memoryGoesWithTheBackend(Precision precision) throws IOException {
        openAndClose(precision);
        long before = Memory.residentBytes();

        for (int i = 0; i < CYCLES; i++) {
            assertThat(openAndClose(precision) - before)
                    .as("what the arena adds")
                    .isGreaterThan(ARENA_BYTES / 2);
        }

        assertThat(Memory.residentBytes() - before).isLessThan(CYCLES * ARENA_BYTES / 2);
    }

    /** The resident set while the backend is open. */
    private static long openAndClose(Precision precision) throws IOException {
        BackendOptions options = BackendOptions.DEFAULT.withPrecision(precision).withMemoryBytes(ARENA_BYTES);
        try (TornadoVmBackend backend = new TornadoVmBackend(options)) {
            Storage storage = backend.allocate(Shape.of(VALUES.length), Role.PARAMETER);
            backend.fill(storage, 1f);
            backend.upload(VALUES, storage);
            // Memory counts once it has been written.
            backend.fill(backend.allocate(Shape.of(4 * VALUES.length), Role.PARAMETER), 1f);
            Storage image = backend.allocate(IMAGE, Role.ACTIVATION);
            backend.fill(image, 1f);
            backend.elementwise().scale(2f, image, image);
            assertThat(TornadoFixture.download(image)).containsOnly(2f);
            return Memory.residentBytes();
        }
    }
}
