package dev.squall.tornado.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The host's counterparts of a device's arenas. TornadoVM knows memory of a device by an array of the host; these are zero, and nobody writes them: each is read once, for the
 * device's copy, and needs no memory that counts.
 */
final class Arenas implements AutoCloseable {
    private final Arena host = Arena.ofShared();
    private final boolean scalar;
    private final int[] vectors;
    private final VectorFloat8[] arrays;

    /**
     * The arrays of new arenas.
     *
     * @param vectors of each
     * @param scalar whether kernels take floats rather than vectors
     */
    Arenas(int[] vectors, boolean scalar, Alignment alignment) {
        this.scalar = scalar;
        this.vectors = vectors.clone();
        arrays = Arrays.stream(vectors)
                .mapToObj(count -> array(count, alignment))
                .toArray(VectorFloat8[]::new);
    }

    private VectorFloat8 array(int vectors, Alignment alignment) {
        try {
            Path file = Files.createTempFile("squall-arena", ".bin");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                long bytes = (long) vectors * ArenaAllocator.VECTOR_BYTES
                        + (long) alignment.unusedFloats() * Float.BYTES
                        + TornadoNativeArray.ARRAY_HEADER;
                MemorySegment segment = channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, host);
                return new VectorFloat8(FloatArray.fromSegmentShallow(segment));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the device memory's stand-in could not be made in the temporary directory", e);
        }
    }

    int count() {
        return arrays.length;
    }

    boolean several() {
        return arrays.length > 1;
    }

    VectorFloat8 get(int arena) {
        return arrays[arena];
    }

    /** How many vectors an arena has. */
    int vectors(int arena) {
        return vectors[arena];
    }

    /** An arena as TornadoVM sees it. */
    Object seen(int arena) {
        return seen(arrays[arena]);
    }

    /** What TornadoVM sees as an array: of vectors, their floats if kernels take those. */
    Object seen(Object array) {
        return scalar && array instanceof VectorFloat8 vectors ? vectors.getArray() : array;
    }

    @Override
    public void close() {
        host.close();
    }
}
