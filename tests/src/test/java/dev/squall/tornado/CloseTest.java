package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendOptions;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A backend that is closed gives its memory back. */
@Tag("opencl")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class CloseTest {
    private static final long ARENA_BYTES = 256L << 20;
    private static final int CYCLES = 4;
    private static final float[] VALUES = new float[8 << 20];

    /** The first cycle is left out, in which TornadoVM itself takes memory; half of what a leak would add is left to the JVM. */
    @Test
    void memoryGoesWithTheBackend() throws IOException {
        openAndClose();
        long before = Memory.residentBytes();

        for (int i = 0; i < CYCLES; i++) {
            assertThat(openAndClose() - before).as("what the arena adds").isGreaterThan(ARENA_BYTES / 2);
        }

        assertThat(Memory.residentBytes() - before).isLessThan(CYCLES * ARENA_BYTES / 2);
    }

    /** The resident set while the backend is open. */
    private static long openAndClose() throws IOException {
        try (TornadoVmBackend backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(ARENA_BYTES))) {
            Storage storage = backend.allocate(Shape.of(VALUES.length), Role.PARAMETER);
            backend.fill(storage, 1f);
            backend.upload(VALUES, storage);
            return Memory.residentBytes();
        }
    }
}
