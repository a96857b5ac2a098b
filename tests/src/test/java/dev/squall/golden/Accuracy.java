package dev.squall.golden;

/** How exact results must be, in the two modes of {@link dev.squall.backend.BackendOptions.Precision}. */
enum Accuracy {
    /** The tolerances of the golden data. */
    ACCURATE(1, 0),
    /** Ten times that for an operation, and 1e-4 of the largest logit for a whole network. */
    FAST(10, 1e-4);

    private final double factor;
    private final double logits;

    Accuracy(double factor, double logits) {
        this.factor = factor;
        this.logits = logits;
    }

    /** The tolerance of a value for which the golden data allow {@code golden}. */
    double tolerance(double golden) {
        return factor * golden;
    }

    /** The tolerance of logits for which the golden data allow {@code golden}, and of the loss. */
    double logitsTolerance(double golden, double maxAbs) {
        return Math.max(golden, logits * maxAbs);
    }
}
