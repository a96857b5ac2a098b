package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.squall.backend.Binary;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The functions of two numbers over one span of {@code bytes} bytes (a multiple of 64), padding channels included. The byte i of an operand is at {@code i
 * & mask}: with {@link #EACH} an operand has a value for each element, with {@link #SAME} the same 16 values for each pixel, one for each channel.
 */
public final class BinaryKernels {
    public static final int EACH = -1;
    public static final int SAME = BlockedLayout.PIXEL_BYTES - 1;

    private BinaryKernels() {}

    /** Whether f(0, 0) = 0, so that padding channels stay zero. */
    public static boolean keepsZero(Binary f) {
        return switch (f) {
            case ADD, SUBTRACT, MULTIPLY, MAXIMUM, MINIMUM, NOT_EQUAL, LESS, GREATER -> true;
            case DIVIDE, POWER, EQUAL, LESS_EQUAL, GREATER_EQUAL -> false;
        };
    }

    /** out = f(x, y). */
    public static void apply(Binary f, long x, int maskX, long y, int maskY, long out, int bytes) {
        switch (f) {
            case ADD -> add(x, maskX, y, maskY, out, bytes);
            case SUBTRACT -> subtract(x, maskX, y, maskY, out, bytes);
            case MULTIPLY -> multiply(x, maskX, y, maskY, out, bytes);
            case DIVIDE -> divide(x, maskX, y, maskY, out, bytes);
            case MAXIMUM -> maximum(x, maskX, y, maskY, out, bytes);
            case MINIMUM -> minimum(x, maskX, y, maskY, out, bytes);
            case EQUAL -> equal(x, maskX, y, maskY, out, bytes);
            case NOT_EQUAL -> notEqual(x, maskX, y, maskY, out, bytes);
            case LESS -> less(x, maskX, y, maskY, out, bytes);
            case LESS_EQUAL -> lessEqual(x, maskX, y, maskY, out, bytes);
            case GREATER -> greater(x, maskX, y, maskY, out, bytes);
            case GREATER_EQUAL -> greaterEqual(x, maskX, y, maskY, out, bytes);
            case POWER -> power(x, maskX, y, maskY, out, bytes);
        }
    }

    private static void power(long x, int maskX, long y, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += Float.BYTES) {
            Lanes.set(out + i, (float) Math.pow(Lanes.get(x + (i & maskX)), Lanes.get(y + (i & maskY))));
        }
    }

    private static FloatVector truth(VectorMask<Float> condition) {
        return broadcast(0f).blend(1f, condition);
    }

    /** out = condition &ne; 0 ? x : y. */
    public static void where(
            long condition, int maskCondition, long x, int maskX, long y, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            VectorMask<Float> chosen = load(condition + (i & maskCondition)).compare(NE, 0f);
            store(out + i, load(y + (i & maskY)).blend(load(x + (i & maskX)), chosen));
        }
    }

    private static void add(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.add(y));
        }
    }

    private static void subtract(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.sub(y));
        }
    }

    private static void multiply(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.mul(y));
        }
    }

    private static void divide(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.div(y));
        }
    }

    private static void maximum(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.max(y));
        }
    }

    private static void minimum(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, x.min(y));
        }
    }

    private static void equal(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(EQ, y)));
        }
    }

    private static void notEqual(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(NE, y)));
        }
    }

    private static void less(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(LT, y)));
        }
    }

    private static void lessEqual(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(LE, y)));
        }
    }

    private static void greater(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(GT, y)));
        }
    }

    private static void greaterEqual(long left, int maskX, long right, int maskY, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(left + (i & maskX));
            FloatVector y = load(right + (i & maskY));
            store(out + i, truth(x.compare(GE, y)));
        }
    }
}
