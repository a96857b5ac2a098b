package dev.squall.tensor;

/**
 * A floating-point format of 16 bits, in which activations can be kept between the operations that compute with them. Rounding is to the nearest value, ties
 * to the even one; a NaN stays a NaN.
 */
public enum HalfFormat {
    /**
     * IEEE 754 binary16: 11 significant bits, up to 65504; what rounds to more is infinite. Below 2<sup>-14</sup> values lose bits, and below
     * 2<sup>-25</sup> they are 0, so that a loss whose gradients are kept so needs a scale.
     */
    FP16 {
        @Override
        public short bits(float value) {
            return Float.floatToFloat16(value);
        }

        @Override
        public float value(short bits) {
            return Float.float16ToFloat(bits);
        }
    },

    /** The upper half of a float: 8 significant bits, and its whole range. */
    BF16 {
        @Override
        public short bits(float value) {
            int bits = Float.floatToRawIntBits(value);
            boolean isNumber = !Float.isNaN(value);
            // A NaN whose set bits all lie in the lower half would else become an infinity.
            int rounded = isNumber ? bits + 0x7FFF + (bits >>> 16 & 1) : bits | 0x0040_0000;
            return (short) (rounded >>> 16);
        }

        @Override
        public float value(short bits) {
            return Float.intBitsToFloat(bits << 16);
        }
    };

    /** The nearest value of this format, as its bits. */
    public abstract short bits(float value);

    /** The value that {@code bits} stand for. */
    public abstract float value(short bits);

    /** The nearest value of this format. */
    public final float round(float value) {
        return value(bits(value));
    }
}
