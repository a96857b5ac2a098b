package dev.squall.backend;

/**
 * A pointwise non-linearity.
 *
 * @param slope for {@link Kind#LEAKY_RELU}: the factor for negative inputs, at least 0
 */
public record Activation(Kind kind, float slope) {
    /** The function. */
    public enum Kind {
        /** y = x. */
        IDENTITY,
        /** y = max(x, 0). */
        RELU,
        /** y = x for x &ge; 0, slope * x below. */
        LEAKY_RELU,
        /** y = 1 / (1 + exp(-x)). */
        SIGMOID,
        /** y = x / (1 + exp(-x)), also called swish. */
        SILU,
        /** y = min(max(x, 0), 6). */
        RELU6,
        /** y = min(max(x + 3, 0), 6) / 6. */
        HARD_SIGMOID,
        /** y = x * min(max(x + 3, 0), 6) / 6. */
        HARD_SWISH,
        /** y = tanh(x). */
        TANH,
        /** y = x * (1 + erf(x / sqrt(2))) / 2. */
        GELU,
        /** y = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2. */
        GELU_TANH
    }

    public static final Activation IDENTITY = new Activation(Kind.IDENTITY, 1f);
    public static final Activation RELU = new Activation(Kind.RELU, 0f);
    public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0f);
    public static final Activation SILU = new Activation(Kind.SILU, 0f);
    public static final Activation RELU6 = new Activation(Kind.RELU6, 0f);
    public static final Activation HARD_SIGMOID = new Activation(Kind.HARD_SIGMOID, 0f);
    public static final Activation HARD_SWISH = new Activation(Kind.HARD_SWISH, 0f);
    public static final Activation TANH = new Activation(Kind.TANH, 0f);
    public static final Activation GELU = new Activation(Kind.GELU, 0f);
    public static final Activation GELU_TANH = new Activation(Kind.GELU_TANH, 0f);

    public Activation {
        if (!(slope >= 0) || slope == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("a leaky ReLU needs a finite slope of at least 0, got " + slope);
        }
    }

    /** Leaky ReLU with the given slope for negative inputs. */
    public static Activation leakyRelu(float slope) {
        return new Activation(Kind.LEAKY_RELU, slope);
    }

    /** Whether the derivative is computed from the output y (else from the input x), so that the activation can run in place. */
    public boolean differentiatesFromOutput() {
        return switch (kind) {
            case IDENTITY, RELU, LEAKY_RELU, SIGMOID, RELU6, TANH -> true;
            case SILU, HARD_SIGMOID, HARD_SWISH, GELU, GELU_TANH -> false;
        };
    }

    /** Whether the input follows from the output: of the identity, and of leaky ReLU with a slope above 0. */
    public boolean isInvertible() {
        return kind == Kind.IDENTITY || (kind == Kind.LEAKY_RELU && slope > 0);
    }

    /** Whether f(0) = 0, so that a backend may let it run over elements that only fill up its layout and must stay zero. */
    public boolean keepsZero() {
        return kind != Kind.SIGMOID && kind != Kind.HARD_SIGMOID;
    }
}
