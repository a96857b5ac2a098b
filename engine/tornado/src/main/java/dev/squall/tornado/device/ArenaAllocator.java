package dev.squall.tornado.device;

import dev.squall.backend.DeviceMemoryException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands out ranges of the device's memory, first fit by address, and joins free neighbours again. Works on vector indices (eight floats, 32 bytes). Every range takes, and
 * begins at, a multiple of {@value #STEP} of them, see {@link Alignment}; what is counted is what was asked for.
 *
 * <p>The memory is one arena, or several where it is more than one array can hold. Kernels compute addresses in ints, within an arena, so a range is told by
 * its arena's number and its first vector there, see {@link Place}.
 *
 * <pre>
 *   arena 0    parameters, gradients, the optimizer's state, packed weights, scratch memory     kernels have it as {@code memory}
 *   any        activations: the first one with room, of arena 0 five eighths                    kernels have it as an operand
 * </pre>
 *
 * So a device is asked for an arena only when those before it are full.
 *
 * That all parameters lie in one arena leaves the tables of hundreds of them as they are; those of the largest network, with all that belongs to
 * them, take 2 of 8 GB.
 */
public final class ArenaAllocator {
    /** Floats of a vector. */
    public static final int LANES = 8;

    public static final int VECTOR_BYTES = LANES * Float.BYTES;

    /** Vectors of a line of a GPU's cache. */
    private static final int STEP = Alignment.LINE / VECTOR_BYTES;

    /** The arena that holds parameters and scratch memory. */
    public static final int MAIN = 0;

    /** What is added to an arena's number, for a launch, where a kernel's operand is an image that lies there as halves. */
    public static final int HALVES = 1 << 8;

    /** Eighths of the main arena that activations may take where there are others. */
    private static final int EIGHTHS_FOR_ACTIVATIONS = 5;

    private final Arena[] arenas;
    private final boolean inTurn;
    private Runnable reclaim = () -> {};
    private int turn;
    private long live;
    private long peak;

    /**
     * Where a range begins.
     *
     * @param arena the arena's number
     * @param offset the range's first vector in it
     */
    public record Place(int arena, int offset) {}

    private static final class Arena {
        private final int capacity;
        private final TreeMap<Integer, Integer> free = new TreeMap<>();
        private long activations;

        Arena(int reserved, int capacity) {
            this.capacity = capacity;
            int first = taken(reserved);
            free.put(first, capacity / STEP * STEP - first);
        }

        int firstFit(int wanted) {
            int vectors = taken(wanted);
            for (Map.Entry<Integer, Integer> range : free.entrySet()) {
                if (range.getValue() >= vectors) {
                    int start = range.getKey();
                    int rest = range.getValue() - vectors;
                    free.remove(start);
                    if (rest > 0) {
                        free.put(start + vectors, rest);
                    }
                    return start;
                }
            }
            return -1;
        }

        void release(int start, int wanted) {
            int vectors = taken(wanted);
            Map.Entry<Integer, Integer> before = free.lowerEntry(start);
            if (before != null && before.getKey() + before.getValue() == start) {
                start = before.getKey();
                vectors += before.getValue();
            }
            Integer after = free.remove(start + vectors);
            free.put(start, after == null ? vectors : vectors + after);
        }
    }

    /** What a range of {@code wanted} vectors takes, at most the largest int; an arena has fewer. */
    private static int taken(int wanted) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv((long) wanted, STEP) * STEP);
    }

    /** An allocator for vectors {@code reserved} to {@code capacity - 1} of one arena. */
    public ArenaAllocator(int reserved, int capacity) {
        this(reserved, new int[] {capacity}, false);
    }

    /**
     * An allocator for several arenas.
     *
     * @param reserved vectors at the start of each that it leaves alone
     * @param capacities vectors of each
     * @param inTurn whether activations go to the arenas in turn, instead of the first with room: for tests
     */
    public ArenaAllocator(int reserved, int[] capacities, boolean inTurn) {
        arenas = Arrays.stream(capacities)
                .mapToObj(capacity -> new Arena(reserved, capacity))
                .toArray(Arena[]::new);
        this.inTurn = inTurn;
    }

    /** How many vectors the main arena has. */
    public int capacity() {
        return arenas[MAIN].capacity;
    }

    /** What else to do before memory is refused: it may release some. */
    public void reclaim(Runnable action) {
        Runnable before = reclaim;
        reclaim = () -> {
            before.run();
            action.run();
        };
    }

    /**
     * The first vector of a free range of {@code wanted} vectors of the main arena.
     *
     * @throws DeviceMemoryException if no free range is long enough
     */
    public synchronized int allocate(long wanted) {
        Arena main = arenas[MAIN];
        int start = -1;
        if (wanted <= main.capacity) {
            start = main.firstFit((int) wanted);
            if (start < 0) {
                reclaim.run();
                start = main.firstFit((int) wanted);
            }
        }
        if (start < 0) {
            throw new DeviceMemoryException(wanted * VECTOR_BYTES, liveBytes(), allBytes());
        }
        count(wanted);
        return start;
    }

    /**
     * A free range of {@code wanted} vectors of any arena, for an activation.
     *
     * @throws DeviceMemoryException if no free range is long enough
     */
    public synchronized Place allocateActivation(long wanted) {
        Place place = tryActivation(wanted);
        if (place == null) {
            reclaim.run();
            place = tryActivation(wanted);
        }
        if (place == null) {
            throw new DeviceMemoryException(wanted * VECTOR_BYTES, liveBytes(), allBytes());
        }
        count(wanted);
        return place;
    }

    private long allBytes() {
        return Arrays.stream(arenas).mapToLong(arena -> arena.capacity).sum() * VECTOR_BYTES;
    }

    private @Nullable Place tryActivation(long wanted) {
        int first = inTurn ? turn++ : 0;
        for (int i = 0; i < arenas.length; i++) {
            int number = (first + i) % arenas.length;
            Arena arena = arenas[number];
            if (wanted > mostOfActivations(number) - arena.activations) {
                continue;
            }
            int start = arena.firstFit((int) wanted);
            if (start >= 0) {
                arena.activations += wanted;
                return new Place(number, start);
            }
        }
        return null;
    }

    private long mostOfActivations(int number) {
        long capacity = arenas[number].capacity;
        return number == MAIN && arenas.length > 1 ? capacity * EIGHTHS_FOR_ACTIVATIONS / 8 : capacity;
    }

    private void count(long vectors) {
        live += vectors;
        peak = Math.max(peak, live);
    }

    /** Takes back the range of {@code vectors} vectors of the main arena that starts at {@code start}. */
    public synchronized void release(int start, int vectors) {
        live -= vectors;
        arenas[MAIN].release(start, vectors);
    }

    /** Takes back a range of {@code vectors} vectors that an activation had. */
    public synchronized void releaseActivation(Place place, int vectors) {
        live -= vectors;
        arenas[place.arena].activations -= vectors;
        arenas[place.arena].release(place.offset, vectors);
    }

    public synchronized long liveBytes() {
        return live * VECTOR_BYTES;
    }

    public synchronized long peakBytes() {
        return peak * VECTOR_BYTES;
    }

    public synchronized void resetPeak() {
        peak = live;
    }
}
