package dev.squall.tornado.layout;

import dev.squall.tensor.Memory;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.ArenaAllocator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A range of the device's memory. What kernels count, such as vectors of eight, are elements: floats, or halves if it is an image in mixed precision. */
public final class TornadoStorage extends Storage {
    public static final int LANES = ArenaAllocator.LANES;

    /** Where the packed copy of the contents lies, and how often these had been written then. */
    record Packed(int offset, int writes) {}

    private final ArenaAllocator.Place place;
    private final boolean halves;
    private final int vectors;
    private final Map<Panels, Packed> packed = new HashMap<>();
    private int writes;
    private @Nullable Runnable pending;

    /** @param halves whether its elements are, see {@link #isHalves}; else they are floats */
    public TornadoStorage(Memory memory, Shape shape, Role role, boolean halves, ArenaAllocator.Place place) {
        super(memory, shape, role);
        this.place = place;
        this.halves = halves;
        this.vectors = Math.toIntExact(vectors(shape, role));
    }

    public static TornadoStorage of(Storage storage) {
        return (TornadoStorage) storage;
    }

    public static boolean isChannelsLast(Shape shape, Role role) {
        return shape.rank() == 4 && role == Role.ACTIVATION;
    }

    /** Whether such a storage lies in memory as halves in mixed precision: images do. */
    public static boolean isHalves(Shape shape, Role role) {
        return isChannelsLast(shape, role);
    }

    /** How many vectors a storage of this shape has; perhaps more than any arena has room for. */
    private static long vectors(Shape shape, Role role) {
        return isChannelsLast(shape, role)
                ? (long) shape.batch() * shape.plane() * channelVectors(shape)
                : Math.ceilDiv(shape.elements(), LANES);
    }

    /** What a storage of this shape takes of the arena. */
    public static long bytes(Shape shape, Role role, boolean halves) {
        long bytes = vectors(shape, role) * ArenaAllocator.VECTOR_BYTES;
        return halves ? Math.ceilDiv(bytes, 2) : bytes;
    }

    private static int channelVectors(Shape shape) {
        return Math.ceilDiv(shape.channels(), LANES);
    }

    /** Room for a storage of this shape. */
    public static ArenaAllocator.Place allocate(ArenaAllocator arena, Shape shape, Role role, boolean halves) {
        long vectors = Math.ceilDiv(bytes(shape, role, halves), ArenaAllocator.VECTOR_BYTES);
        return isMain(shape, role)
                ? new ArenaAllocator.Place(ArenaAllocator.MAIN, arena.allocate(vectors))
                : arena.allocateActivation(vectors);
    }

    /** Gives its memory back. */
    public void release(ArenaAllocator arena) {
        int held = Math.ceilDiv(vectors, perVector());
        if (isMain(shape(), role())) {
            arena.release(place.offset(), held);
        } else {
            arena.releaseActivation(place, held);
        }
    }

    /** Vectors of its elements in the memory of one of floats. */
    private int perVector() {
        return halves ? 2 : 1;
    }

    /** The same memory as a vector of all elements, padding included. */
    public TornadoStorage physical() {
        return new TornadoStorage(memory(), Shape.of(floats()), Role.PARAMETER, halves, place);
    }

    /** Whether its elements are halves. */
    public boolean isHalves() {
        return halves;
    }

    /** Its first vector in its arena. Whoever asks reads or writes there, so that what the contents still wait for is done first. */
    public int offset() {
        if (pending != null) {
            pending.run();
        }
        return place.offset() * perVector();
    }

    /** Its arena, as a launch names it for an operand. */
    public int place() {
        return place.arena() + (halves ? ArenaAllocator.HALVES : 0);
    }

    /**
     * Whether a storage lies in the main arena, where kernels find it without an operand: parameters, and vectors of a value for each channel, such as
     * statistics.
     */
    public static boolean isMain(Shape shape, Role role) {
        return role == Role.PARAMETER || shape.rank() < 2;
    }

    /**
     * The same as {@link #offset} of one that {@link #isMain}.
     *
     * @throws IllegalStateException if it is not
     */
    public int mainOffset() {
        if (place.arena() != ArenaAllocator.MAIN) {
            throw new IllegalStateException(
                    "a kernel wants a tensor of " + shape() + " in the main arena, but it is an activation");
        }
        return offset();
    }

    /** The {@linkplain #place places} of a kernel's operands, for a launch; null, for an operand that there is none of, counts as the main one. */
    public static int[] places(@Nullable Storage... operands) {
        int[] arenas = new int[operands.length];
        for (int i = 0; i < arenas.length; i++) {
            arenas[i] =
                    operands[i] == null ? ArenaAllocator.MAIN : of(operands[i]).place();
        }
        return arenas;
    }

    /** What will fill in the contents, or null for nothing. */
    void pending(@Nullable Runnable completion) {
        pending = completion;
    }

    /** How many vectors it takes. */
    public int vectors() {
        return vectors;
    }

    @Override
    protected void contentsChange() {
        writes++;
    }

    /** How often the contents have been written. */
    int writes() {
        return writes;
    }

    /** What {@link PanelCache} made of the contents. */
    Map<Panels, Packed> packed() {
        return packed;
    }

    /** Whether it is laid out {@code [N][H][W][C8]}; otherwise it is row-major. */
    public boolean isChannelsLast() {
        return isChannelsLast(shape(), role());
    }

    /** C8 / 8: the vectors of one pixel. */
    public int channelVectors() {
        return channelVectors(shape());
    }

    /** N * H * W. */
    public int pixels() {
        return shape().batch() * shape().plane();
    }

    /** Floats from one pixel to the next: C8, or C of a row-major {@code [N, C]}. */
    public int pixelFloats() {
        return isChannelsLast() ? channelVectors() * LANES : shape().channels();
    }

    /** Its first float in its arena. */
    public int firstFloat() {
        return offset() * LANES;
    }

    /** How many floats it takes, padding included. */
    public int floats() {
        return vectors * LANES;
    }

    /**
     * The sizes of a kernel with one work-item for each float: their number, the floats of a pixel, those of them that are no padding, and then {@code
     * more}.
     */
    public int[] sizes(int... more) {
        int[] sizes = new int[3 + more.length];
        sizes[0] = floats();
        sizes[1] = rowVectors() * LANES;
        sizes[2] = rowChannels();
        System.arraycopy(more, 0, sizes, 3, more.length);
        return sizes;
    }

    /** Floats that stand for no element. */
    public int paddingFloats() {
        return floats() - shape().elements();
    }

    /** For each dimension, floats from one element to the next. */
    public int[] steps() {
        int[] steps = new int[shape().rank()];
        if (isChannelsLast()) {
            int row = shape().width() * pixelFloats();
            return new int[] {shape().height() * row, 1, row, pixelFloats()};
        }
        int step = 1;
        for (int d = steps.length - 1; d >= 0; d--) {
            steps[d] = step;
            step *= shape().dim(d);
        }
        return steps;
    }

    /** Of per-channel values: floats from one image's to the next one's, 0 for {@code [C]}, which serve all images. */
    public int imageFloats() {
        return shape().rank() == 1 ? 0 : pixelFloats();
    }

    /** C as the kernels that go through all elements see it: all elements are channels of one pixel if the layout is row-major. */
    public int rowChannels() {
        return isChannelsLast() ? shape().channels() : shape().elements();
    }

    /** Vectors of a pixel in the sense of {@link #rowChannels}. */
    public int rowVectors() {
        return isChannelsLast() ? channelVectors() : vectors;
    }

    /** Pixels of a plane in the sense of {@link #rowChannels}. */
    public int rowPlane() {
        return isChannelsLast() ? shape().plane() : 1;
    }

    /** Where element {@code i} of the physical order stands in row-major order, or -1 for a padding channel. */
    public int rowMajorIndex(int i) {
        if (!isChannelsLast()) {
            return i < shape().elements() ? i : -1;
        }
        int c8 = channelVectors() * LANES;
        int c = i % c8;
        int pixel = i / c8;
        int plane = shape().plane();
        return c >= shape().channels() ? -1 : (pixel / plane * shape().channels() + c) * plane + pixel % plane;
    }

    @Override
    public long bytes() {
        return bytes(shape(), role(), halves);
    }
}
