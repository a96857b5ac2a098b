package dev.squall.backend;

/**
 * A function of one number with up to two settings, beside the {@link Activation}s that layers end with.
 *
 * @param a the first setting, 0 where there is none
 * @param b the second setting, 0 where there is none
 */
public record Unary(Kind kind, float a, float b) {
    /** The function. */
    public enum Kind {
        /** y = e^x. */
        EXP,
        /** y = ln x. */
        LOG,
        /** y = the square root of x; its derivative at 0 is infinite. */
        SQRT,
        /** y = |x|; its derivative at 0 is 0. */
        ABS,
        /** y = x^a. */
        POWER,
        /** y = min(max(x, a), b); its derivative is 1 from a to b, both included, else 0. */
        CLAMP,
        /** y = a * x + b. */
        LINEAR,
        /** y = ln(1 + e^x). */
        SOFTPLUS
    }

    public static final Unary EXP = new Unary(Kind.EXP, 0, 0);
    public static final Unary LOG = new Unary(Kind.LOG, 0, 0);
    public static final Unary SQRT = new Unary(Kind.SQRT, 0, 0);
    public static final Unary ABS = new Unary(Kind.ABS, 0, 0);
    public static final Unary SOFTPLUS = new Unary(Kind.SOFTPLUS, 0, 0);

    /** y = x^exponent. */
    public static Unary power(float exponent) {
        return new Unary(Kind.POWER, exponent, 0);
    }

    /** y = min(max(x, low), high). */
    public static Unary clamp(float low, float high) {
        return new Unary(Kind.CLAMP, low, high);
    }

    /** y = alpha * x + beta. */
    public static Unary linear(float alpha, float beta) {
        return new Unary(Kind.LINEAR, alpha, beta);
    }

    /** Whether the derivative is computed from the output y, else from the input x. */
    public boolean differentiatesFromOutput() {
        return kind == Kind.EXP || kind == Kind.SQRT;
    }

    /** Whether f(0) = 0, so that a backend may let it run over elements that only fill up its layout and must stay zero. */
    public boolean keepsZero() {
        return switch (kind) {
            case SQRT, ABS -> true;
            case POWER -> a > 0;
            case CLAMP -> a <= 0 && b >= 0;
            case LINEAR -> b == 0;
            case EXP, LOG, SOFTPLUS -> false;
        };
    }
}
