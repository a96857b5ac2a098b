package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/**
 * Powers of single floats, for kernels. A device's own power need not know negative bases (PTX computes 2^(y log2 x), which is NaN for them) nor be
 * exact to more than half of the digits, so the frequent exponents, whole numbers and halves, are computed without it.
 */
final class Powers {
    private static final int MOST_PRODUCTS = 32;

    /** From here on every float is an even whole number. */
    private static final float ALL_EVEN = 16777216f;

    private Powers() {}

    /** x^y. */
    static float power(float x, float y) {
        int whole = 0;
        float fraction = y;
        float magnitude = TornadoMath.abs(y);
        // A number of 2^24 or more, or none, stays a "fraction": it is not cast to an int, which is undefined on a
        // device.
        if (magnitude < ALL_EVEN) {
            whole = (int) y;
            fraction = y - (float) whole;
        }
        float result;
        if (fraction == 0f) {
            if (Math.max(whole, -whole) <= MOST_PRODUCTS) {
                result = product(x, whole);
            } else {
                result = TornadoMath.pow(TornadoMath.abs(x), y);
                if (x < 0f) {
                    if (whole % 2 != 0) {
                        result = -result;
                    }
                }
            }
        } else {
            result = fractional(x, y, magnitude);
        }
        return result;
    }

    /** For an exponent that is no whole number below 2^24. */
    @SuppressWarnings("IdentityBinaryExpression") // only a NaN differs from itself; kernels have no isNaN
    private static float fractional(float x, float y, float magnitude) {
        float result;
        if (magnitude == 0.5f) {
            result = TornadoMath.sqrt(TornadoMath.abs(x));
            if (x < 0f) {
                // Not a number for a finite base; that of an infinite one is that of its magnitude.
                if (x - x == 0f) {
                    result = TornadoMath.sqrt(x);
                }
            }
            if (y < 0f) {
                result = 1f / result;
            }
        } else {
            result = TornadoMath.pow(TornadoMath.abs(x), y);
            if (magnitude < ALL_EVEN) {
                if (x < 0f) {
                    if (x - x == 0f) {
                        result = (x - x) / (x - x);
                    }
                }
            }
            if (y != y) {
                if (x < 0f) {
                    result = y;
                }
            }
        }
        return result;
    }

    /** x^n by squaring. */
    private static float product(float x, int n) {
        float result = 1f;
        float factor = x;
        int left = Math.max(n, -n);
        while (left > 0) {
            if (left % 2 == 1) {
                result *= factor;
            }
            factor *= factor;
            left = left / 2;
        }
        if (n < 0) {
            result = 1f / result;
        }
        return result;
    }
}
