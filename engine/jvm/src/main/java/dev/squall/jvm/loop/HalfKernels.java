package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.HalfFormat;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Rounding to formats of 16 bits, and two such values in the place of one float, by integer arithmetic: a processor's own instructions for it cannot be had in vectors
 * of Java.
 *
 * <p>A float below 2<sup>-14</sup> has a multiple of 2<sup>-24</sup> as its nearest FP16. Those are just the floats between 0.5 and 1, less 0.5, and so adding
 * 0.5 rounds it, and leaves the bits of the FP16 as the lowest of the sum.
 */
public final class HalfKernels {
    private static final int SIGN = 0x8000_0000;
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int INFINITY = 0x7F80_0000;
    private static final int QUIET = 0x0040_0000;
    private static final int LOW = 0xFFFF;

    /** Bits of a float's fraction that FP16 has not. */
    private static final int DROPPED = 13;

    private static final int LAST_KEPT = -(1 << DROPPED);

    /** The bits of 2^-14, the least FP16 with all of its digits. */
    private static final int LEAST_NORMAL = 0x3880_0000;

    /** The bits of 65536: what rounds to it has no FP16. */
    private static final int BEYOND = 0x4780_0000;

    /** The bits of 0.5. */
    private static final int HALF = 0x3F00_0000;

    /** What exponents are counted from is 127 in a float, 15 in FP16. */
    private static final int REBIAS = (127 - 15) << 23;

    private static final int HALF_SIGN = 0x8000;
    private static final int HALF_MAGNITUDE = 0x7FFF;
    private static final int HALF_LEAST_NORMAL = 0x400;
    private static final int HALF_INFINITY = 0x7C00;

    private HalfKernels() {}

    // Each format has loops of its own: together they would be too large for the compiler to keep vectors out of
    // objects.

    /** Rounds in place; {@code bytes} is a multiple of 64. */
    public static void round(HalfFormat format, long x, int bytes) {
        if (format == HalfFormat.FP16) {
            roundToFp16(x, bytes);
        } else {
            roundToBf16(x, bytes);
        }
    }

    private static void roundToFp16(long x, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(x + i, roundFp16(load(x + i).reinterpretAsInts()).reinterpretAsFloats());
        }
    }

    private static void roundToBf16(long x, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(x + i, roundBf16(load(x + i).reinterpretAsInts()).reinterpretAsFloats());
        }
    }

    /** Element i of {@code low} and of {@code high}, which are rounded, become the lower and the upper half of word i; {@code bytes} of each, a multiple of 32. */
    public static void pack(HalfFormat format, long low, long high, long words, int bytes) {
        int whole = bytes - bytes % BYTES;
        if (format == HalfFormat.FP16) {
            packToFp16(low, high, words, whole);
        } else {
            packToBf16(low, high, words, whole);
        }
        for (int i = whole; i < bytes; i += Float.BYTES) {
            int a = format.bits(Lanes.get(low + i)) & LOW;
            int b = format.bits(Lanes.get(high + i)) & LOW;
            Lanes.set(words + i, Float.intBitsToFloat(a | b << Short.SIZE));
        }
    }

    private static void packToFp16(long low, long high, long words, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            IntVector a = packFp16(load(low + i).reinterpretAsInts());
            IntVector b = packFp16(load(high + i).reinterpretAsInts());
            store(words + i, joined(a, b).reinterpretAsFloats());
        }
    }

    private static void packToBf16(long low, long high, long words, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            IntVector a = load(low + i).reinterpretAsInts().lanewise(VectorOperators.LSHR, Short.SIZE);
            IntVector b = load(high + i).reinterpretAsInts().and(~LOW);
            store(words + i, a.or(b).reinterpretAsFloats());
        }
    }

    /** The reverse of {@link #pack}. */
    public static void unpack(HalfFormat format, long words, long low, long high, int bytes) {
        int whole = bytes - bytes % BYTES;
        if (format == HalfFormat.FP16) {
            unpackFromFp16(words, low, high, whole);
        } else {
            unpackFromBf16(words, low, high, whole);
        }
        for (int i = whole; i < bytes; i += Float.BYTES) {
            int word = Float.floatToRawIntBits(Lanes.get(words + i));
            Lanes.set(low + i, format.value((short) word));
            Lanes.set(high + i, format.value((short) (word >>> Short.SIZE)));
        }
    }

    private static void unpackFromFp16(long words, long low, long high, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            IntVector word = load(words + i).reinterpretAsInts();
            store(low + i, unpackFp16(word.and(LOW)).reinterpretAsFloats());
            store(
                    high + i,
                    unpackFp16(word.lanewise(VectorOperators.LSHR, Short.SIZE)).reinterpretAsFloats());
        }
    }

    private static void unpackFromBf16(long words, long low, long high, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            IntVector word = load(words + i).reinterpretAsInts();
            store(low + i, word.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats());
            store(high + i, word.and(~LOW).reinterpretAsFloats());
        }
    }

    private static IntVector joined(IntVector low, IntVector high) {
        return high.lanewise(VectorOperators.LSHL, Short.SIZE).or(low);
    }

    private static IntVector roundBf16(IntVector bits) {
        IntVector tie = bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(1);
        IntVector rounded = bits.add(0x7FFF).add(tie);
        return rounded.blend(bits.or(QUIET), bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY))
                .and(~LOW);
    }

    private static IntVector roundFp16(IntVector bits) {
        IntVector x = bits.and(MAGNITUDE);
        IntVector tie = x.lanewise(VectorOperators.LSHR, DROPPED).and(1);
        IntVector normal = x.add(-LAST_KEPT / 2 - 1).add(tie).and(LAST_KEPT);
        IntVector finite = normal.blend(INFINITY, normal.compare(VectorOperators.GE, BEYOND));
        IntVector small = x.reinterpretAsFloats().add(0.5f).sub(0.5f).reinterpretAsInts();
        return finite.blend(small, x.compare(VectorOperators.LT, LEAST_NORMAL))
                .blend(x.or(QUIET).and(LAST_KEPT), x.compare(VectorOperators.GT, INFINITY))
                .or(bits.and(SIGN));
    }

    private static IntVector packFp16(IntVector bits) {
        IntVector x = bits.and(MAGNITUDE);
        IntVector normal = x.sub(REBIAS).lanewise(VectorOperators.LSHR, DROPPED);
        IntVector small = x.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(HALF);
        IntVector special = x.sub(2 * REBIAS).lanewise(VectorOperators.LSHR, DROPPED);
        return normal.blend(small, x.compare(VectorOperators.LT, LEAST_NORMAL))
                .blend(special, x.compare(VectorOperators.GE, INFINITY))
                .or(bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(HALF_SIGN));
    }

    private static IntVector unpackFp16(IntVector half) {
        IntVector x = half.and(HALF_MAGNITUDE);
        IntVector shifted = x.lanewise(VectorOperators.LSHL, DROPPED);
        IntVector small = x.or(HALF).reinterpretAsFloats().sub(0.5f).reinterpretAsInts();
        return shifted.add(REBIAS)
                .blend(small, x.compare(VectorOperators.LT, HALF_LEAST_NORMAL))
                .blend(shifted.add(2 * REBIAS), x.compare(VectorOperators.GE, HALF_INFINITY))
                .or(half.and(HALF_SIGN).lanewise(VectorOperators.LSHL, Short.SIZE));
    }
}
