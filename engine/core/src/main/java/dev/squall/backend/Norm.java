package dev.squall.backend;

/**
 * The settings of a batch normalisation: {@code y = f((x - mean) / sqrt(variance + epsilon) * gamma + bias)} with gamma the weight itself, or
 * {@code |weight| + epsilon} if {@code absoluteWeight} (Inplace-ABN: Rota Bulo et al., "In-Place Activated BatchNorm", and its code).
 *
 * @param activation f: identity, ReLU or leaky ReLU (for the in-place form leaky with a slope above 0, so that it can be inverted)
 */
public record Norm(float epsilon, boolean absoluteWeight, Activation activation) {
    /** Plain batch normalisation. */
    public static Norm plain(float epsilon) {
        return new Norm(epsilon, false, Activation.IDENTITY);
    }

    /** Inplace-ABN. */
    public static Norm inplaceAbn(float epsilon, Activation activation) {
        return new Norm(epsilon, true, activation);
    }
}
