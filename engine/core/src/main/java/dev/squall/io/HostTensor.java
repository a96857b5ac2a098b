package dev.squall.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A tensor in ordinary memory or in a mapped file: little-endian elements, row by row. Immutable.
 *
 * <p>Equal are two of the same type and shape with the same bytes.
 */
public final class HostTensor {
    private final ElementType type;
    private final long[] shape;
    private final ByteBuffer data;

    /**
     * A tensor over {@code data}, which must not be changed afterwards.
     *
     * @param data little-endian elements, row by row, from its position to its limit
     * @throws IllegalArgumentException if the shape does not need exactly these bytes
     */
    public HostTensor(ElementType type, long[] shape, ByteBuffer data) {
        long bytes = Math.multiplyExact(elements(shape), type.bytes());
        if (data.remaining() != bytes) {
            throw new IllegalArgumentException("%s of shape %s needs %d bytes, but got %d"
                    .formatted(type, Arrays.toString(shape), bytes, data.remaining()));
        }
        this.type = type;
        this.shape = shape.clone();
        this.data = data.slice().asReadOnlyBuffer();
    }

    /**
     * An F32 tensor with a copy of {@code values}.
     *
     * @throws IllegalArgumentException if the shape does not have as many elements
     */
    public static HostTensor ofFloats(float[] values, long... shape) {
        ByteBuffer data = littleEndian(values.length, ElementType.F32);
        data.asFloatBuffer().put(values);
        return new HostTensor(ElementType.F32, shape, data);
    }

    /**
     * An I64 tensor with a copy of {@code values}.
     *
     * @throws IllegalArgumentException if the shape does not have as many elements
     */
    public static HostTensor ofLongs(long[] values, long... shape) {
        ByteBuffer data = littleEndian(values.length, ElementType.I64);
        data.asLongBuffer().put(values);
        return new HostTensor(ElementType.I64, shape, data);
    }

    /** The type of the elements as they are stored. */
    public ElementType type() {
        return type;
    }

    /** The extents; none for a scalar. */
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements; a scalar has one. */
    public int elements() {
        return data.remaining() / type.bytes();
    }

    /** The stored bytes: read-only, little-endian, from position 0 to its limit. */
    public ByteBuffer bytes() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The {@link #floats()}, read-only and not copied if they are stored as F32. */
    public FloatBuffer floatBuffer() {
        return type == ElementType.F32
                ? bytes().asFloatBuffer()
                : FloatBuffer.wrap(floats()).asReadOnlyBuffer();
    }

    /** The elements as floats: exact for F16, BF16 and F32, rounded to nearest for every other type. */
    public float[] floats() {
        ByteBuffer source = bytes();
        float[] values = new float[elements()];
        if (type == ElementType.F32) {
            source.asFloatBuffer().get(values);
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case F16 -> Float.float16ToFloat(source.getShort(2 * i));
                case BF16 -> Float.intBitsToFloat(source.getShort(2 * i) << 16);
                case F32 -> source.getFloat(4 * i);
                case F64 -> (float) source.getDouble(8 * i);
                case U64 -> unsignedToFloat(source.getLong(8 * i));
                case BOOL, U8, I8, U16, I16, U32, I32, I64 -> integer(source, i);
            };
        }
        return values;
    }

    /**
     * The elements as longs.
     *
     * @throws IllegalStateException if they are no integers, or are U64
     */
    public long[] longs() {
        if (type.isFloat() || type == ElementType.U64) {
            throw new IllegalStateException("expected a tensor of integers up to 64 bits with sign, but it is " + type);
        }
        ByteBuffer source = bytes();
        long[] values = new long[elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(source, i);
        }
        return values;
    }

    /** Whether no element is NaN or infinite; integers never are. */
    public boolean isFinite() {
        ByteBuffer source = bytes();
        int elements = elements();
        // All bits of the exponent are set in what is not finite.
        for (int i = 0; i < elements; i++) {
            boolean finite = switch (type) {
                case F16 -> (~source.getShort(2 * i) & 0x7c00) != 0;
                case BF16 -> (~source.getShort(2 * i) & 0x7f80) != 0;
                case F32 -> (~source.getInt(4 * i) & 0x7f80_0000) != 0;
                case F64 -> (~source.getLong(8 * i) & 0x7ff0_0000_0000_0000L) != 0;
                default -> true;
            };
            if (!finite) {
                return false;
            }
        }
        return true;
    }

    private long integer(ByteBuffer source, int i) {
        return switch (type) {
            case BOOL, U8 -> Byte.toUnsignedLong(source.get(i));
            case I8 -> source.get(i);
            case U16 -> Short.toUnsignedLong(source.getShort(2 * i));
            case I16 -> source.getShort(2 * i);
            case U32 -> Integer.toUnsignedLong(source.getInt(4 * i));
            case I32 -> source.getInt(4 * i);
            case I64 -> source.getLong(8 * i);
            case F16, BF16, F32, F64, U64 -> throw new AssertionError(type);
        };
    }

    /** Halves a value too large for the sign, keeping its last bit sticky so that the result is rounded once. */
    private static float unsignedToFloat(long value) {
        return value >= 0 ? value : 2f * ((value >>> 1) | (value & 1));
    }

    private static ByteBuffer littleEndian(int elements, ElementType type) {
        return ByteBuffer.allocate(Math.multiplyExact(elements, type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The product of the extents. */
    static long elements(long[] shape) {
        long elements = 1;
        for (long extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException("an extent is not negative, but got " + Arrays.toString(shape));
            }
            elements = Math.multiplyExact(elements, extent);
        }
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostTensor that
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * type.hashCode() + Arrays.hashCode(shape)) + data.hashCode();
    }

    /** Such as {@code F32[64, 48, 3, 3]}. */
    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
