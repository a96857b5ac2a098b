package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.kernel.HalfKernels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images are packed and unpacked many at once, in whatever order they are asked for. */
@Tag("sim")
@Tag("opencl")
class PackedImagesTest {
    private static final long MEMORY = 16L << 20;

    private static TornadoVmBackend backend(long bytes, int arenas) {
        System.setProperty("squall.tornado.arena", Long.toString(bytes / arenas));
        try {
            return new TornadoVmBackend(
                    BackendOptions.DEFAULT.withPrecision(Precision.MIXED).withMemoryBytes(bytes), arenas > 1);
        } finally {
            System.clearProperty("squall.tornado.arena");
        }
    }

    private static Storage rounded(TornadoVmBackend backend, Shape shape, long seed) {
        Storage storage = backend.allocate(shape, Role.ACTIVATION);
        backend.upload(TornadoFixture.values(shape, seed), storage);
        backend.round(HalfFormat.FP16, storage);
        return storage;
    }

    private static int launches(TornadoVmBackend backend) {
        Map<String, Integer> launches = backend.launcher().device().launchesByKernel();
        return launches.getOrDefault(HalfKernels.PACK.name(), 0) + launches.getOrDefault(HalfKernels.UNPACK.name(), 0);
    }

    /** Takes so much of the memory that images are packed. */
    private static List<Storage> fill(TornadoVmBackend backend) {
        List<Storage> filling = new ArrayList<>();
        while (backend.launcher().arena().freeShare() >= 1.0 / 8) {
            filling.add(backend.allocate(Shape.of(1, 8, 1, 1 << 12), Role.ACTIVATION));
        }
        return filling;
    }

    private static Map<Storage, float[]> packed(TornadoVmBackend backend, int images) {
        Map<Storage, float[]> contents = new HashMap<>();
        for (int i = 0; i < images; i++) {
            Storage image = rounded(backend, Shape.of(1 + i % 3, 1 + i % 10, 3, 2 + i % 4), i);
            contents.put(image, TornadoFixture.download(image));
            backend.pack(image);
            assertThat(image.isPacked()).isTrue();
        }
        return contents;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void keepTheirContents(int arenas) {
        if (arenas > 1 && RealDevice.isPresent()) {
            return;
        }
        try (TornadoVmBackend backend = backend(MEMORY, arenas)) {
            Random random = new Random(7);
            List<Storage> filling = fill(backend);
            Map<Storage, float[]> contents = packed(backend, 70);
            List<Storage> order = new ArrayList<>(contents.keySet());
            Collections.shuffle(order, random);
            for (Storage image : order) {
                if (random.nextBoolean()) {
                    assertThat(TornadoFixture.download(image)).isEqualTo(contents.get(image));
                    assertThat(image.isPacked()).isFalse();
                }
                if (random.nextInt(4) == 0) {
                    backend.liveBytes();
                }
                backend.free(image);
            }
            assertThat(launches(backend)).isGreaterThan(3);
            filling.forEach(backend::free);
            assertThat(backend.liveBytes()).isZero();
        }
    }

    @Test
    void takeFewLaunches() {
        try (TornadoVmBackend backend = backend(MEMORY, 1)) {
            List<Storage> filling = fill(backend);
            assertThat(launchesOf(backend, 3 * HalfKernels.JOBS)).isEqualTo(6);
            filling.forEach(backend::free);
        }
    }

    /** To pack and unpack takes time, and memory that nobody needs is not worth it. */
    @Test
    void stayAsTheyAreWhileThereIsMemory() {
        try (TornadoVmBackend backend = backend(MEMORY, 1)) {
            assertThat(launchesOf(backend, 3 * HalfKernels.JOBS)).isZero();
        }
    }

    /** What it takes to pack images and to unpack them, the last one first. */
    private static int launchesOf(TornadoVmBackend backend, int images) {
        List<Storage> made = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            Storage image = rounded(backend, Shape.of(1, 8, 2, 2), i);
            made.add(image);
            backend.pack(image);
        }
        made.reversed().forEach(image -> {
            backend.unpack(image);
            backend.free(image);
        });
        return launches(backend);
    }

    /** What waits to be packed gives way: nothing may be refused that there was room for when each was packed at once. */
    @Test
    void giveWayToWhatNeedsTheMemory() {
        try (TornadoVmBackend backend = backend(MEMORY, 1)) {
            int vectors = 1 << 12;
            Storage before = backend.allocate(Shape.of(1, 8, 1, vectors * 3 / 2), Role.ACTIVATION);
            Storage image = rounded(backend, Shape.of(1, 8, 1, vectors), 1);
            float[] values = TornadoFixture.download(image);
            backend.free(before);
            backend.pack(image);
            assertThat(launches(backend)).isZero();

            // Only without the image is there so much in one piece.
            int rest = backend.launcher().arena().capacity() - Device.ZERO_VECTORS - vectors * 3 / 2;
            Storage large = backend.allocate(Shape.of(1, 8, 1, rest), Role.ACTIVATION);

            assertThat(launches(backend)).isEqualTo(1);
            assertThat(backend.liveBytes()).isEqualTo(large.bytes() + image.bytes() / 2);
            backend.free(large);
            assertThat(TornadoFixture.download(image)).isEqualTo(values);
            backend.free(image);
        }
    }
}
