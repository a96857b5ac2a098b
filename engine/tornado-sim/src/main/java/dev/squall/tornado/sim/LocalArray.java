package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;

/**
 * An array in a group's local memory, and who touched each element last in which phase. A phase lasts from one barrier to
 * the next; within it an element may be read by any number of work-items, or be read and written by a single one.
 */
final class LocalArray {

    private static final int SEVERAL = -1;

    private final Object values;
    private final int size;
    private final int[] writer;
    private final int[] writePhase;
    private final int[] reader;
    private final int[] readPhase;

    LocalArray(Object values, int size) {
        this.values = values;
        this.size = size;
        writer = new int[size];
        writePhase = new int[size];
        reader = new int[size];
        readPhase = new int[size];
    }

    Object values() {
        return values;
    }

    int size() {
        return size;
    }

    /** @param phase counts from 1, so that 0 means never */
    void read(int index, int item, int phase) {
        checkIndex(index);
        if (writePhase[index] == 0) {
            throw new Violation(
                    Kind.UNWRITTEN_LOCAL,
                    "reads element " + index + " of local memory, which no work-item of"
                            + " the group has written: local memory is undefined until then.");
        }
        if (writePhase[index] == phase && writer[index] != item) {
            throw conflict("reads", "wrote", index, writer[index]);
        }
        if (readPhase[index] != phase) {
            readPhase[index] = phase;
            reader[index] = item;
        } else if (reader[index] != item) {
            reader[index] = SEVERAL;
        }
    }

    void write(int index, int item, int phase) {
        checkIndex(index);
        if (writePhase[index] == phase && writer[index] != item) {
            throw conflict("writes", "wrote", index, writer[index]);
        }
        if (readPhase[index] == phase && reader[index] != item) {
            throw conflict("writes", "read", index, reader[index]);
        }
        writePhase[index] = phase;
        writer[index] = item;
    }

    private void checkIndex(int index) {
        if (index < 0 || index >= size) {
            throw DeviceFloats.outOfBounds(index, size);
        }
    }

    private static Violation conflict(String does, String did, int index, int other) {
        String who = other == SEVERAL ? "several work-items" : "work-item " + other;
        return new Violation(
                Kind.LOCAL_RACE,
                does + " element " + index + " of local memory, which " + who + " of the group " + did
                        + " with no barrier in between: call localBarrier() there.");
    }
}
