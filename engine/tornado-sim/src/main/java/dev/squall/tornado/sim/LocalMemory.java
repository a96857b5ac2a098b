package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The local memory of the group that runs now. A kernel sees plain Java arrays; {@link KernelInstrumenter} redirects its
 * array accesses to the static methods here, which check those that go to local memory.
 */
public final class LocalMemory {

    private static @Nullable LocalMemory current;

    private final List<LocalArray> arrays = new ArrayList<>();
    private int bytes;
    private int item;
    private int phase = 1;

    LocalMemory() {}

    static void enter(LocalMemory memory) {
        current = memory;
    }

    static void leave() {
        current = null;
    }

    /** The work-item of this number in its group runs from here on. */
    void run(int number) {
        item = number;
    }

    void passBarrier() {
        phase++;
    }

    /** All work-items of a group get the same array for their n-th allocation. */
    Object allocate(int ordinal, int size, int elementBytes, Supplier<Object> values) {
        if (ordinal == arrays.size()) {
            bytes = Math.addExact(bytes, Math.multiplyExact(size, elementBytes));
            if (bytes > SimulatorRuntime.LOCAL_MEMORY_BYTES) {
                throw new Violation(
                        Kind.LAUNCH,
                        "allocates " + bytes + " bytes of local memory in all, more than the "
                                + SimulatorRuntime.LOCAL_MEMORY_BYTES + " that every device has: use a smaller tile.");
            }
            arrays.add(new LocalArray(values.get(), size));
        }
        LocalArray array = arrays.get(ordinal);
        if (array.size() != size) {
            throw new Violation(
                    Kind.LAUNCH,
                    "allocates " + size + " elements of local memory where another work-item of"
                            + " the group allocated " + array.size() + ": the size must be a constant.");
        }
        return array.values();
    }

    private @Nullable LocalArray find(Object values) {
        for (LocalArray array : arrays) {
            if (array.values() == values) {
                return array;
            }
        }
        return null;
    }

    private static void read(Object values, int index) {
        LocalMemory memory = current;
        if (memory == null) {
            return;
        }
        LocalArray array = memory.find(values);
        if (array != null) {
            array.read(index, memory.item, memory.phase);
        }
    }

    private static void write(Object values, int index) {
        LocalMemory memory = current;
        if (memory == null) {
            return;
        }
        LocalArray array = memory.find(values);
        if (array != null) {
            array.write(index, memory.item, memory.phase);
        }
    }

    /** In place of {@code array[index]} in an instrumented kernel. */
    public static float load(float[] array, int index) {
        read(array, index);
        return array[index];
    }

    /** In place of {@code array[index] = value} in an instrumented kernel. */
    public static void store(float[] array, int index, float value) {
        write(array, index);
        array[index] = value;
    }

    /** In place of {@code array[index]} in an instrumented kernel. */
    public static int load(int[] array, int index) {
        read(array, index);
        return array[index];
    }

    /** In place of {@code array[index] = value} in an instrumented kernel. */
    public static void store(int[] array, int index, int value) {
        write(array, index);
        array[index] = value;
    }
}
