package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The arrays of one kernel where a device has several arenas, see {@link Kernel.Arguments}. Each is a few bytes long, and a launch lets it stand for the arena that
 * holds the tensor, by exchanging the pointer that TornadoVM has for it on the device: the kernel is compiled once, and nothing is copied.
 */
final class Operands {
    private static final int NOWHERE = -1;

    private final Place memory = new Place();
    private final List<Place> operands = new ArrayList<>();

    private static final class Place {
        private final VectorFloat8 array = new VectorFloat8(1);
        private int arena = NOWHERE;

        boolean move(int to) {
            boolean moved = arena != to;
            arena = to;
            return moved;
        }
    }

    /** The array of operand {@code index}, made when a kernel's binding first asks for it. */
    VectorFloat8 array(int index) {
        while (operands.size() <= index) {
            operands.add(new Place());
        }
        return operands.get(index).array;
    }

    /** The array that stands for the main arena. */
    VectorFloat8 memory() {
        return memory.array;
    }

    int count() {
        return operands.size();
    }

    Stream<VectorFloat8> all() {
        return Stream.concat(Stream.of(memory), operands.stream()).map(place -> place.array);
    }

    /** Notes that operand {@code index} stands for {@code arena} from now on; whether it has not done so before. */
    boolean move(int index, int arena) {
        return operands.get(index).move(arena);
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
