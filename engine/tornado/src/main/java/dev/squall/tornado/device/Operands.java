package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The arrays of one kernel where a device has several arenas, see {@link Kernel.Arguments}. Each is a few bytes long, and a launch lets it stand for the arena that
 * holds the tensor, by exchanging the pointer that TornadoVM has for it on the device: the kernel is compiled once, and nothing is copied.
 */
final class Operands {
    private static final int NOWHERE = -1;

    private final HalfImages.Format format;
    private final Place memory = new Place(new VectorFloat8(1));
    private final Map<Integer, Place> operands = new TreeMap<>();

    private static final class Place {
        /** A {@link VectorFloat8}, or an array of halves. */
        private final Object array;

        private int arena = NOWHERE;

        Place(Object array) {
            this.array = array;
        }

        boolean move(int to) {
            boolean moved = arena != to;
            arena = to;
            return moved;
        }
    }

    /** None yet; those that are images of halves will be arrays of this format. */
    Operands(HalfImages.Format format) {
        this.format = format;
    }

    /** The array of operand {@code index}, made when a kernel's binding first asks for it. */
    VectorFloat8 array(int index) {
        return (VectorFloat8) made(index, new VectorFloat8(1));
    }

    /** The same of an operand that is an image of halves. */
    TornadoNativeArray halves(int index) {
        return (TornadoNativeArray) made(index, format.placeholder());
    }

    private Object made(int index, Object array) {
        return operands.computeIfAbsent(index, _ -> new Place(array)).array;
    }

    /** The array that stands for the main arena. */
    VectorFloat8 memory() {
        return (VectorFloat8) memory.array;
    }

    /** The array of an operand, whatever it is. */
    Object any(int index) {
        return place(index).array;
    }

    private Place place(int index) {
        return Objects.requireNonNull(operands.get(index));
    }

    int count() {
        return operands.size();
    }

    Stream<Object> all() {
        return Stream.concat(Stream.of(memory), operands.values().stream()).map(place -> place.array);
    }

    /** Notes that operand {@code index} stands for {@code arena} from now on; whether it has not done so before. */
    boolean move(int index, int arena) {
        return place(index).move(arena);
    }

    /** The same of the array for the main arena. */
    boolean moveMemory() {
        return memory.move(ArenaAllocator.MAIN);
    }

    /**
     * Checks that a launch names an arena for each operand.
     *
     * @throws IllegalArgumentException if it does not
     */
    void check(String kernel, int[] places) {
        if (places.length != operands.size()) {
            throw new IllegalArgumentException("the kernel " + kernel + " takes " + operands.size()
                    + " operands, but the launch names the arenas of " + places.length);
        }
    }
}
