package uk.ac.manchester.tornado.api.types.vectors;

import java.util.Arrays;
import uk.ac.manchester.tornado.api.math.TornadoMath;

/**
 * Eight floats that a device handles as one value. The real class can also change its lanes, which does not compile in a
 * kernel, so this one cannot. Eight fields instead of an array, so that the JIT compiler keeps a vector that does not
 * escape in registers.
 */
public final class Float8 {

    private final float s0;
    private final float s1;
    private final float s2;
    private final float s3;
    private final float s4;
    private final float s5;
    private final float s6;
    private final float s7;

    public Float8(float s0, float s1, float s2, float s3, float s4, float s5, float s6, float s7) {
        this.s0 = s0;
        this.s1 = s1;
        this.s2 = s2;
        this.s3 = s3;
        this.s4 = s4;
        this.s5 = s5;
        this.s6 = s6;
        this.s7 = s7;
    }

    public static Float8 add(Float8 a, Float8 b) {
        return new Float8(
                a.s0 + b.s0, a.s1 + b.s1, a.s2 + b.s2, a.s3 + b.s3, a.s4 + b.s4, a.s5 + b.s5, a.s6 + b.s6, a.s7 + b.s7);
    }

    public static Float8 add(Float8 a, float b) {
        return new Float8(a.s0 + b, a.s1 + b, a.s2 + b, a.s3 + b, a.s4 + b, a.s5 + b, a.s6 + b, a.s7 + b);
    }

    public static Float8 sub(Float8 a, Float8 b) {
        return new Float8(
                a.s0 - b.s0, a.s1 - b.s1, a.s2 - b.s2, a.s3 - b.s3, a.s4 - b.s4, a.s5 - b.s5, a.s6 - b.s6, a.s7 - b.s7);
    }

    public static Float8 sub(Float8 a, float b) {
        return new Float8(a.s0 - b, a.s1 - b, a.s2 - b, a.s3 - b, a.s4 - b, a.s5 - b, a.s6 - b, a.s7 - b);
    }

    public static Float8 mult(Float8 a, Float8 b) {
        return new Float8(
                a.s0 * b.s0, a.s1 * b.s1, a.s2 * b.s2, a.s3 * b.s3, a.s4 * b.s4, a.s5 * b.s5, a.s6 * b.s6, a.s7 * b.s7);
    }

    public static Float8 mult(Float8 a, float b) {
        return new Float8(a.s0 * b, a.s1 * b, a.s2 * b, a.s3 * b, a.s4 * b, a.s5 * b, a.s6 * b, a.s7 * b);
    }

    public static Float8 div(Float8 a, Float8 b) {
        return new Float8(
                a.s0 / b.s0, a.s1 / b.s1, a.s2 / b.s2, a.s3 / b.s3, a.s4 / b.s4, a.s5 / b.s5, a.s6 / b.s6, a.s7 / b.s7);
    }

    public static Float8 div(Float8 a, float b) {
        return new Float8(a.s0 / b, a.s1 / b, a.s2 / b, a.s3 / b, a.s4 / b, a.s5 / b, a.s6 / b, a.s7 / b);
    }

    public static Float8 min(Float8 a, Float8 b) {
        return new Float8(
                TornadoMath.min(a.s0, b.s0),
                TornadoMath.min(a.s1, b.s1),
                TornadoMath.min(a.s2, b.s2),
                TornadoMath.min(a.s3, b.s3),
                TornadoMath.min(a.s4, b.s4),
                TornadoMath.min(a.s5, b.s5),
                TornadoMath.min(a.s6, b.s6),
                TornadoMath.min(a.s7, b.s7));
    }

    /** The smallest of the eight. */
    public static float min(Float8 value) {
        float result = value.s0;
        for (int lane = 1; lane < 8; lane++) {
            result = TornadoMath.min(result, value.get(lane));
        }
        return result;
    }

    public static Float8 max(Float8 a, Float8 b) {
        return new Float8(
                TornadoMath.max(a.s0, b.s0),
                TornadoMath.max(a.s1, b.s1),
                TornadoMath.max(a.s2, b.s2),
                TornadoMath.max(a.s3, b.s3),
                TornadoMath.max(a.s4, b.s4),
                TornadoMath.max(a.s5, b.s5),
                TornadoMath.max(a.s6, b.s6),
                TornadoMath.max(a.s7, b.s7));
    }

    /** The largest of the eight. */
    public static float max(Float8 value) {
        float result = value.s0;
        for (int lane = 1; lane < 8; lane++) {
            result = TornadoMath.max(result, value.get(lane));
        }
        return result;
    }

    public static float dot(Float8 a, Float8 b) {
        float sum = 0;
        for (int lane = 0; lane < 8; lane++) {
            sum += a.get(lane) * b.get(lane);
        }
        return sum;
    }

    public float get(int index) {
        return switch (index) {
            case 0 -> s0;
            case 1 -> s1;
            case 2 -> s2;
            case 3 -> s3;
            case 4 -> s4;
            case 5 -> s5;
            case 6 -> s6;
            case 7 -> s7;
            default -> throw new ArrayIndexOutOfBoundsException("A Float8 has lanes 0 to 7, not " + index + ".");
        };
    }

    public float getS0() {
        return s0;
    }

    public float getS1() {
        return s1;
    }

    public float getS2() {
        return s2;
    }

    public float getS3() {
        return s3;
    }

    public float getS4() {
        return s4;
    }

    public float getS5() {
        return s5;
    }

    public float getS6() {
        return s6;
    }

    public float getS7() {
        return s7;
    }

    public float[] toArray() {
        return new float[] {s0, s1, s2, s3, s4, s5, s6, s7};
    }

    public Float8 duplicate() {
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    public int size() {
        return 8;
    }

    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }
}
