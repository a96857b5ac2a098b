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
        SILU
    }

    public static final Activation IDENTITY = new Activation(Kind.IDENTITY, 1f);
    public static final Activation RELU = new Activation(Kind.RELU, 0f);
    public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0f);
    public static final Activation SILU = new Activation(Kind.SILU, 0f);

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
        return kind != Kind.SILU;
    }
}
