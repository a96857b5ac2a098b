package dev.squall.backend;

import dev.squall.tensor.Storage;
import org.jspecify.annotations.Nullable;

/**
 * What a convolution does to each value before it writes it, {@code y = f(conv + bias[k] + residual)}, and what it gathers of the values.
 *
 * @param bias {@code [K]}, or null for none
 * @param residual of y's shape (it may be y itself), or null for none
 * @param activation applied last
 * @param statistics filled from y, or null if nobody needs them
 */
public record Epilogue(
        @Nullable Storage bias,
        @Nullable Storage residual,
        Activation activation,
        @Nullable Statistics statistics) {
    /** Nothing: y = conv. */
    public static final Epilogue NONE = new Epilogue(null, null, Activation.IDENTITY);

    /** Without statistics. */
    public Epilogue(@Nullable Storage bias, @Nullable Storage residual, Activation activation) {
        this(bias, residual, activation, null);
    }

    /** y = conv + bias. */
    public static Epilogue bias(@Nullable Storage bias) {
        return bias == null ? NONE : new Epilogue(bias, null, Activation.IDENTITY);
    }

    /** The same, and statistics of y. */
    public Epilogue with(@Nullable Statistics statistics) {
        return new Epilogue(bias, residual, activation, statistics);
    }

    /** Fills the statistics from {@code y}, where they are asked for and were not gathered while it was written. */
    public void fillStatistics(Storage y) {
        if (statistics != null) {
            Normalisation normalisation = ((Backend) y.memory()).normalisation();
            if (statistics.running == null) {
                normalisation.statistics(y, statistics.mean, statistics.variance);
            } else {
                normalisation.statistics(y, statistics.mean, statistics.variance, statistics.running);
            }
        }
    }

    /**
     * What {@link Normalisation#statistics} computes of y, for the normalisation that follows in training.
     *
     * @param mean {@code [K]}
     * @param variance {@code [K]}, biased
     * @param running moved towards both, or null
     */
    public record Statistics(Storage mean, Storage variance, Normalisation.@Nullable Running running) {
        /** Those of y alone. */
        public Statistics(Storage mean, Storage variance) {
            this(mean, variance, null);
        }
    }
}
