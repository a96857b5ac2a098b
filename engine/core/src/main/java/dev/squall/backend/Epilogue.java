package dev.squall.backend;

import dev.squall.tensor.Storage;
import org.jspecify.annotations.Nullable;

/**
 * What a convolution does to each value before it writes it: {@code y = f(conv + bias[k] + residual)}.
 *
 * @param bias {@code [K]}, or null for none
 * @param residual of y's shape (it may be y itself), or null for none
 * @param activation applied last
 */
public record Epilogue(@Nullable Storage bias, @Nullable Storage residual, Activation activation) {
    /** Nothing: y = conv. */
    public static final Epilogue NONE = new Epilogue(null, null, Activation.IDENTITY);

    /** y = conv + bias. */
    public static Epilogue bias(@Nullable Storage bias) {
        return bias == null ? NONE : new Epilogue(bias, null, Activation.IDENTITY);
    }
}
