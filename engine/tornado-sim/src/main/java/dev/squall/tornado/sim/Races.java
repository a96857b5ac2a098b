package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.util.Arrays;

/**
 * The last writer and the last reader of each element of a page of device memory.
 *
 * <p>In one launch an element may be read by any number of work-items, or be read and written by a single one. Whatever
 * the simulator's own order, both orders of a conflicting pair are found: a read after the write by the writer's stamp, a
 * write after the read by the reader's.
 */
final class Races {

    private final Clock clock;
    private final int[] writer;
    private final int[] reader;

    Races(Clock clock, int size) {
        this.clock = clock;
        writer = new int[size];
        reader = new int[size];
    }

    void read(int offset, int firstIndex) {
        int me = clock.now;
        int w = writer[offset];
        if (w != me && clock.isCurrent(w)) {
            throw conflict("reads", "wrote", firstIndex + offset, w);
        }
        int r = reader[offset];
        if (r != me && r != clock.several()) {
            reader[offset] = clock.isCurrent(r) ? clock.several() : me;
        }
    }

    void write(int offset, int firstIndex) {
        int me = clock.now;
        int w = writer[offset];
        if (w != me && clock.isCurrent(w)) {
            throw conflict("writes", "wrote", firstIndex + offset, w);
        }
        int r = reader[offset];
        if (r != me && clock.isCurrent(r)) {
            throw conflict("writes", "read", firstIndex + offset, r);
        }
        writer[offset] = me;
    }

    void clear() {
        Arrays.fill(writer, 0);
        Arrays.fill(reader, 0);
    }

    private Violation conflict(String does, String did, int index, int stamp) {
        String other = stamp == clock.several() ? "several other work-items" : "work-item #" + clock.itemOf(stamp);
        return new Violation(
                Kind.GLOBAL_RACE,
                does + " element " + index + ", which " + other + " " + did
                        + " in the same launch: let a single work-item own each element it writes, or split the kernel in two.");
    }
}
