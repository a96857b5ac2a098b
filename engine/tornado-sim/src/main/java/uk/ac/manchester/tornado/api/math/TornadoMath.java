package uk.ac.manchester.tornado.api.math;

/** The mathematics that a kernel may call. Only what is exact on every device agrees to the last bit with the JVM. */
public class TornadoMath {

    private TornadoMath() {}

    /** As OpenCL's fmin: if one is NaN, the other. */
    public static float min(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
    }

    /** As OpenCL's fmax: if one is NaN, the other. */
    public static float max(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
    }

    public static float abs(float a) {
        return Math.abs(a);
    }

    public static float clamp(float val, float min, float max) {
        return max(min, min(max, val));
    }

    public static int min(int a, int b) {
        return Math.min(a, b);
    }

    public static int max(int a, int b) {
        return Math.max(a, b);
    }

    public static int abs(int a) {
        return Math.abs(a);
    }

    public static int clamp(int val, int min, int max) {
        return Math.max(min, Math.min(max, val));
    }

    public static float exp(float value) {
        return (float) Math.exp(value);
    }

    public static float log(float value) {
        return (float) Math.log(value);
    }

    public static float sqrt(float value) {
        return (float) Math.sqrt(value);
    }

    public static float tanh(float value) {
        return (float) Math.tanh(value);
    }

    public static float sin(float value) {
        return (float) Math.sin(value);
    }

    public static float cos(float value) {
        return (float) Math.cos(value);
    }

    public static float floor(float value) {
        return (float) Math.floor(value);
    }

    public static float ceil(float value) {
        return (float) Math.ceil(value);
    }

    /** As OpenCL's: to any power 1 is 1, which Java denies of infinite ones and of none. */
    public static float pow(float a, float b) {
        return a == 1f ? 1f : (float) Math.pow(a, b);
    }
}
