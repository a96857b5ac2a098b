package dev.squall.optim;

/**
 * One cycle: along a cosine up from {@code maxRate / divisor} to {@code maxRate}, and along another down to {@code maxRate / divisor /
 * finalDivisor} at the last step. Smith and Topin, "Super-Convergence" (2018), in the two-phase form of PyTorch's {@code OneCycleLR}.
 *
 * @param steps the number of steps of the whole training
 * @param warmUp which fraction of them goes up
 */
public record OneCycle(float maxRate, int steps, float warmUp, float divisor, float finalDivisor) implements Schedule {
    public OneCycle {
        if (steps < 1 || !(warmUp >= 0 && warmUp < 1) || !(divisor >= 1) || !(finalDivisor >= 1)) {
            throw new IllegalArgumentException(
                    "one cycle needs at least one step, a warm-up below 1 and divisors of at least 1, got " + steps
                            + " steps, warm-up " + warmUp + ", divisors " + divisor + " and " + finalDivisor);
        }
    }

    /** With PyTorch's defaults: 30 % of the steps go up, from a 25th of the rate, and the end is 10,000 times lower still. */
    public static OneCycle of(float maxRate, int steps) {
        return new OneCycle(maxRate, steps, 0.3f, 25f, 1e4f);
    }

    @Override
    public float learningRate(int step) {
        double initial = maxRate / divisor;
        double peak = warmUp * steps - 1.0;
        if (step < peak) {
            return (float) CosineAnnealing.between(initial, maxRate, step / peak);
        }
        double start = Math.max(peak, 0);
        double length = steps - 1 - start;
        return (float)
                CosineAnnealing.between(maxRate, initial / finalDivisor, length > 0 ? (step - start) / length : 0);
    }
}
