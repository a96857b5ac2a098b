package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * How kernels read and write images that lie in memory as halves, 16-bit floats: they compute in single precision, and what they write is rounded to the nearest half, ties to even. The copies of kernels that {@code HalfImages} in
 * the room of devices makes call this.
 *
 * <p>Where the compiler knows halves, one instruction converts ({@link HalfFloatArray}). OpenCL does not have to know them, and a kernel cannot look at the bits of a float there; so 16-bit integers are
 * computed ({@link ShortArray}):
 *
 * <pre>
 *   half:  sign | exponent e, 5 bits | fraction f, 10 bits        e = 0: f 2^-24        else: (1024 + f) 2^(e - 25)
 * </pre>
 *
 * Products with powers of two are exact, so that it does not matter whether a device joins them with what follows. The sign of a zero is lost. To ask whether a value is at least a power of two, it is
 * compared with the float below: a device takes {@code >=} for true where one side is no number.
 */
public final class Halves {
    private Halves() {}

    private static final int INFINITY = 0x7C00;
    private static final int NOT_A_NUMBER = 0x7E00;
    private static final int SIGN = 0x8000;

    /** What lies above is infinite. */
    private static final float LARGEST = 0x1.ffdffep15f;

    /** What makes 65536 and more infinite. */
    private static final float OVERFLOW = 1e38f;

    public static void set(HalfFloatArray halves, int index, float value) {
        halves.set(index, new HalfFloat(value));
    }

    /**
     * It takes no branches and calls nothing, since kernels have many of it and TornadoVM's compiler gives up on what is too long. An infinity comes of a product that is too large, a NaN of that and zero.
     */
    public static float get(ShortArray halves, int index) {
        int bits = halves.get(index);
        int exponent = (bits >> 10) & 31;
        int normal = (exponent + 31) >> 5;
        int special = (exponent + 1) >> 5;
        int number = 1 - (((bits & 0x7FFF) + 1023) >> 15);
        float size = ((bits & 1023) + 1024 * normal) * 0x1p-24f * (1 << (exponent - normal));
        // Not a product at last: of the sum of a product and itself TornadoVM makes a multiply-add that lacks a factor.
        return size * (1f + special * OVERFLOW) * number * (1 - ((bits >> 14) & 2)) + 0f;
    }

    /** Two halves as one int, the first one in the low bits: what {@link TensorCores#pair} makes of floats. */
    public static int pair(HalfFloatArray halves, int first, int second) {
        int low = halves.get(first).getHalfFloatValue() & 0xFFFF;
        int high = halves.get(second).getHalfFloatValue() & 0xFFFF;
        return low | (high << 16);
    }

    /** The same of 16-bit integers. */
    public static int pair(ShortArray halves, int first, int second) {
        return (halves.get(first) & 0xFFFF) | ((halves.get(second) & 0xFFFF) << 16);
    }

    public static void set(ShortArray halves, int index, float value) {
        halves.set(index, (short) bits(value));
    }

    /** The bits of the half nearest to a float, ties to even. */
    static int bits(float x) {
        float size = x;
        if (x < 0f) {
            size = -x;
        }
        int bits = NOT_A_NUMBER;
        if (size > LARGEST) {
            bits = INFINITY;
        }
        if (size < 65520f) {
            // To [0, 2^-13), where 2^-24 is the unit of the last place.
            float v = size;
            int exponent = 0;
            if (v > 0x1.fffffep1f) {
                v = v * 0x1p-16f;
                exponent = 16;
            }
            if (v > 0x1.fffffep-7f) {
                v = v * 0x1p-8f;
                exponent = exponent + 8;
            }
            if (v > 0x1.fffffep-11f) {
                v = v * 0x1p-4f;
                exponent = exponent + 4;
            }
            if (v > 0x1.fffffep-13f) {
                v = v * 0x1p-2f;
                exponent = exponent + 2;
            }
            if (v > 0x1.fffffep-14f) {
                v = v * 0x1p-1f;
                exponent = exponent + 1;
            }
            float units = v * 0x1p24f;
            int whole = (int) units;
            float rest = units - whole;
            if (rest > 0.5f) {
                whole = whole + 1;
            }
            if (rest == 0.5f) {
                whole = whole + (whole & 1);
            }
            // Beside the first 1024, the denormal ones, each exponent has as many; whole counts the first time from
            // 1024.
            bits = exponent * 1024 + whole;
        }
        if (x < 0f) {
            bits = bits + SIGN;
        }
        return bits;
    }
}
