package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Rounding to FP16, and two such values in the place of one float; one float a work-item. Most kernels round what they write themselves, see {@link Halves}.
 *
 * <p>The arena holds floats, and a kernel cannot look at the bits of one. So bits are computed: a float is scaled by powers of two until it lies in a known interval, where its
 * fraction is a whole number, and the other way round. Every multiplication here is by a power of two and so exact, and no value is ever denormal, which a
 * device may flush to zero. To ask whether a value is at least a power of two, it is compared with the float below, {@code 0x1.fffffe} times half of that: a device
 * takes {@code >=} for true where one side is no number.
 *
 * <pre>
 *   word:  sign of a | exponent and fraction of a, plus 128 | 16 bits of b
 * </pre>
 *
 * The 128 make the exponent of every word one of a normal number: from 1, for a = 0, to 249, for a NaN. The sign of a zero is lost.
 */
public final class HalfKernels {
    private HalfKernels() {}

    public static final Kernel ROUND = Kernel.line(
            "roundHalves",
            "x = the nearest FP16, in place: what mixed precision does to activations",
            HalfKernels.class,
            (g, a) -> g.task(Kernel.TASK, HalfKernels::roundHalves, a.context(), a.operand(0), a.sizes()));

    public static final Kernel PACK = Kernel.line(
            "packHalves",
            "two FP16 in the place of one float: activations that wait for the backward pass",
            HalfKernels.class,
            (g, a) -> g.task(Kernel.TASK, HalfKernels::packHalves, a.context(), a.operand(0), a.operand(1), a.sizes()));

    public static final Kernel UNPACK = Kernel.line(
            "unpackHalves",
            "two floats from the FP16 in the place of one",
            HalfKernels.class,
            (g, a) ->
                    g.task(Kernel.TASK, HalfKernels::unpackHalves, a.context(), a.operand(0), a.operand(1), a.sizes()));

    /** Images that a launch packs or unpacks at most. */
    public static final int JOBS = 20;

    /** Where among the sizes the first image's are. */
    public static final int FIRST_JOB = 2;

    /** Sizes of an image. */
    public static final int SIZES_OF_JOB = 3;

    private static final int INFINITY = 0x7C00;
    private static final int NOT_A_NUMBER = 0x7E00;

    /** What stands for a NaN in a word, next to infinity. */
    private static final int PACKED_NOT_A_NUMBER = 0x7C01;

    private static final int HALF_SIGN = 0x8000;

    /** What makes every FP16 above 65504 infinite, and infinity once more. */
    private static final float OVERFLOW = 1e38f;

    /** Sizes: 0 floats, 1 the first of them. */
    public static void roundHalves(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray floats = memory.getArray();
            floats.set(sizes.get(1) + i, Halves.nearest(floats.get(sizes.get(1) + i)));
        }
    }

    /**
     * Several images, one after the other. Sizes: 0 words of all of them, 1 how many they are, and for each from {@link #FIRST_JOB} on: 0 words of those before and its own, 1 the first of
     * twice as many floats, which are FP16, 2 the first word. Word i of an image takes floats i and words + i.
     */
    public static void packHalves(KernelContext context, VectorFloat8 whole, VectorFloat8 half, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            FloatArray floats = whole.getArray();
            FloatArray words = half.getArray();
            int job = jobOf(item, sizes);
            int i = item - wordsBefore(job, sizes);
            int first = sizes.get(job + 1) + i;
            int second = first + sizes.get(job) - wordsBefore(job, sizes);
            float high = floats.get(first);
            float low = floats.get(second);
            int top = code(high);
            if (top > INFINITY) {
                top = PACKED_NOT_A_NUMBER;
            }
            int bottom = code(low);
            if (low < 0f) {
                bottom = bottom + HALF_SIGN;
            }
            // The fraction in [1, 2), exactly: 7 bits of the higher half, and all of the lower one.
            float fraction = ((1 << 23) + ((top & 127) << 16) + bottom) * 0x1p-23f;
            float word = fraction * powerOfTwo(top >> 7);
            if (high < 0f) {
                word = -word;
            }
            words.set(sizes.get(job + 2) + i, word);
        }
    }

    /** The sizes are those of {@link #packHalves}. */
    public static void unpackHalves(KernelContext context, VectorFloat8 whole, VectorFloat8 half, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            FloatArray floats = whole.getArray();
            FloatArray words = half.getArray();
            int job = jobOf(item, sizes);
            int i = item - wordsBefore(job, sizes);
            int first = sizes.get(job + 1) + i;
            int second = first + sizes.get(job) - wordsBefore(job, sizes);
            float word = words.get(sizes.get(job + 2) + i);
            float v = word;
            if (v < 0f) {
                v = -v;
            }
            int exponent = 0;
            if (v > 0x1.fffffep1f) {
                v = v * 0x1p-64f;
                v = v * 0x1p-64f;
                exponent = 128;
            }
            if (v > 0x1.fffffep-63f) {
                v = v * 0x1p-64f;
                exponent = exponent + 64;
            }
            if (v > 0x1.fffffep-95f) {
                v = v * 0x1p-32f;
                exponent = exponent + 32;
            }
            if (v > 0x1.fffffep-111f) {
                v = v * 0x1p-16f;
                exponent = exponent + 16;
            }
            if (v > 0x1.fffffep-119f) {
                v = v * 0x1p-8f;
                exponent = exponent + 8;
            }
            if (v > 0x1.fffffep-123f) {
                v = v * 0x1p-4f;
                exponent = exponent + 4;
            }
            if (v > 0x1.fffffep-125f) {
                v = v * 0x1p-2f;
                exponent = exponent + 2;
            }
            if (v > 0x1.fffffep-126f) {
                v = v * 0x1p-1f;
                exponent = exponent + 1;
            }
            // The fraction of the word, without its leading 1.
            int fraction = (int) (v * 0x1p126f * 0x1p23f) - (1 << 23);
            float high = value(exponent * 128 + (fraction >> 16));
            if (word < 0f) {
                high = -high;
            }
            int bottom = fraction & 0xFFFF;
            float low = value(bottom & 0x7FFF);
            if (bottom >= HALF_SIGN) {
                low = -low;
            }
            floats.set(first, high);
            floats.set(second, low);
        }
    }

    /** The place of the first size of the image that a word is of. */
    private static int jobOf(int word, IntArray sizes) {
        int job = FIRST_JOB;
        for (int k = 1; k < sizes.get(1); k++) {
            if (word >= sizes.get(FIRST_JOB + (k - 1) * SIZES_OF_JOB)) {
                job = FIRST_JOB + k * SIZES_OF_JOB;
            }
        }
        return job;
    }

    /** Words of all images before. */
    private static int wordsBefore(int job, IntArray sizes) {
        int before = 0;
        if (job > FIRST_JOB) {
            before = sizes.get(job - SIZES_OF_JOB);
        }
        return before;
    }

    /** The bits of the FP16 nearest to |x|, ties to even. */
    private static int code(float x) {
        float v = x;
        if (v < 0f) {
            v = -v;
        }
        int code = NOT_A_NUMBER;
        if (v > 0x1.fffffep15f) {
            code = INFINITY;
        }
        if (v < 65536f) {
            // To [0, 2^-13), where 2^-24 is the unit of the last place.
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
            code = exponent * 1024 + whole;
        }
        return code;
    }

    /** The value of an FP16 without its sign. */
    private static float value(int code) {
        int exponent = code >> 10;
        int fraction = code & 1023;
        float v = fraction * 0x1p-24f;
        if (exponent > 0) {
            v = (1024 + fraction) * 0x1p-24f;
            int k = exponent - 1;
            if ((k & 1) != 0) {
                v = v * 0x1p1f;
            }
            if ((k & 2) != 0) {
                v = v * 0x1p2f;
            }
            if ((k & 4) != 0) {
                v = v * 0x1p4f;
            }
            if ((k & 8) != 0) {
                v = v * 0x1p8f;
            }
            if ((k & 16) != 0) {
                v = v * 0x1p16f;
            }
        }
        if (code >= INFINITY) {
            v = v * OVERFLOW;
        }
        if (code > INFINITY) {
            float infinity = v;
            v = infinity - v;
        }
        return v;
    }

    /** 2^(k - 126), for k from 0 to 248. */
    private static float powerOfTwo(int k) {
        float power = 0x1p-126f;
        if ((k & 1) != 0) {
            power = power * 0x1p1f;
        }
        if ((k & 2) != 0) {
            power = power * 0x1p2f;
        }
        if ((k & 4) != 0) {
            power = power * 0x1p4f;
        }
        if ((k & 8) != 0) {
            power = power * 0x1p8f;
        }
        if ((k & 16) != 0) {
            power = power * 0x1p16f;
        }
        if ((k & 32) != 0) {
            power = power * 0x1p32f;
        }
        if ((k & 64) != 0) {
            power = power * 0x1p64f;
        }
        if ((k & 128) != 0) {
            power = power * 0x1p64f * 0x1p64f;
        }
        return power;
    }
}
