package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/**
 * Gaussian error linear unit: {@code y = x * P(x)} with P the distribution function of the standard normal distribution and p its density;
 * {@code dx = dy * (P(x) + x * p(x))} (Hendrycks and Gimpel, "Gaussian Error Linear Units").
 */
public final class Gelu {
    private Gelu() {}

    /** GELU of {@code x}, any shape, with {@code P(x) = (1 + erf(x / sqrt(2))) / 2}. */
    public static Tensor gelu(Tensor x) {
        return Pointwise.apply("gelu", Activation.GELU, x);
    }

    /** The same with the approximation {@code P(x) = (1 + t) / 2}, {@code t = tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))}, and its derivative. */
    public static Tensor geluTanh(Tensor x) {
        return Pointwise.apply("geluTanh", Activation.GELU_TANH, x);
    }
}
