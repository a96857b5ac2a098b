package uk.ac.manchester.tornado.api.types;

/** A number of 16 bits, IEEE 754's binary16. */
public class HalfFloat {
    private final short bits;

    /** The nearest to a float, ties to even; beyond 65504 and its rounding infinite. */
    public HalfFloat(float value) {
        this(Float.floatToFloat16(value));
    }

    /** The number of these bits. */
    public HalfFloat(short bits) {
        this.bits = bits;
    }

    /** Its bits. */
    public short getHalfFloatValue() {
        return bits;
    }

    /** The same number. */
    public float getFloat32() {
        return Float.float16ToFloat(bits);
    }
}
