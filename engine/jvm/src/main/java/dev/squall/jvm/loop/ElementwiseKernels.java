package dev.squall.jvm.loop;

import static dev.squall.jvm.layout.BlockedLayout.BLOCK;
import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;
import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.COUNT;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Loops that compute each element from those at the same place, each over one span of {@code bytes} bytes (a multiple of 64) or one plane of 16
 * channels.
 */
public final class ElementwiseKernels {
    private ElementwiseKernels() {}

    public static void fill(float value, long out, int bytes) {
        if (Float.floatToRawIntBits(value) == 0) {
            Lanes.zero(out, bytes);
            return;
        }
        FloatVector v = broadcast(value);
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, v);
        }
    }

    public static void scale(float alpha, long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, load(x + i).mul(alpha));
        }
    }

    public static void axpby(float alpha, long x, float beta, long y, long out, int bytes) {
        FloatVector b = broadcast(beta);
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, load(y + i).fma(b, load(x + i).mul(alpha)));
        }
    }

    public static void multiply(long x, long y, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, load(x + i).mul(load(y + i)));
        }
    }

    public static void addRelu(long x, long y, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, rectify(load(x + i).add(load(y + i))));
        }
    }

    public static void relu(long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, rectify(load(x + i)));
        }
    }

    public static void leakyRelu(float slope, long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, leaky(load(x + i), slope));
        }
    }

    public static void leakyReluBackward(float slope, long y, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector d = load(dy + i);
            store(dx + i, d.mul(slope).blend(d, load(y + i).compare(VectorOperators.GT, 0f)));
        }
    }

    public static void sigmoid(long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, VectorMath.sigmoid(load(x + i)));
        }
    }

    public static void sigmoidBackward(long y, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector s = load(y + i);
            store(dx + i, load(dy + i).mul(s).mul(broadcast(1f).sub(s)));
        }
    }

    public static void silu(long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector v = load(x + i);
            store(out + i, v.div(VectorMath.siluDivisor(v)));
        }
    }

    /** dx = dy * s * (1 + x * (1 - s)) with s = sigmoid(x). */
    public static void siluBackward(long x, long dy, long dx, int bytes) {
        FloatVector one = broadcast(1f);
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector v = load(x + i);
            FloatVector s = one.div(VectorMath.siluDivisor(v));
            store(dx + i, load(dy + i).mul(s).mul(one.sub(s).fma(v, one)));
        }
    }

    public static void multiplyChannels(BlockedLayout layout, long x, float[] s, int at, long out) {
        multiplyRows(layout, layout.height(), x, s, at, out);
    }

    /** The same of the first {@code rows} rows from x on. */
    public static void multiplyRows(BlockedLayout layout, int rows, long x, float[] s, int at, long out) {
        for (int y = 0; y < rows; y++) {
            long row = y * layout.rowBytes();
            for (int v = 0; v < BLOCK; v += COUNT) {
                FloatVector factor = load(s, at + v);
                for (int i = v * Float.BYTES; i < layout.insideBytes(); i += PIXEL_BYTES) {
                    store(out + row + i, load(x + row + i).mul(factor));
                }
            }
        }
    }

    public static void addChannels(BlockedLayout layout, long x, float[] s, int at, long out) {
        for (int y = 0; y < layout.height(); y++) {
            long row = y * layout.rowBytes();
            for (int v = 0; v < BLOCK; v += COUNT) {
                FloatVector addend = load(s, at + v);
                for (int i = v * Float.BYTES; i < layout.insideBytes(); i += PIXEL_BYTES) {
                    store(out + row + i, load(x + row + i).add(addend));
                }
            }
        }
    }

    public static void exciteAddRelu(BlockedLayout layout, long x, float[] s, int at, long y, long out) {
        for (int i = 0; i < layout.height(); i++) {
            long row = i * layout.rowBytes();
            for (int v = 0; v < BLOCK; v += COUNT) {
                FloatVector factor = load(s, at + v);
                for (int j = v * Float.BYTES; j < layout.insideBytes(); j += PIXEL_BYTES) {
                    FloatVector sum = load(x + row + j).mul(factor).add(load(y + row + j));
                    store(out + row + j, rectify(sum));
                }
            }
        }
    }

    /** x for x at least 0 (and NaN), 0 below. */
    public static FloatVector rectify(FloatVector x) {
        return x.blend(0f, x.compare(VectorOperators.LT, 0f));
    }

    /** x for x at least 0 (and NaN), slope * x below, which a slope of 0 would make NaN of an infinite x. */
    public static FloatVector leaky(FloatVector x, float slope) {
        return x.blend(x.mul(slope), x.compare(VectorOperators.LT, 0f));
    }
}
