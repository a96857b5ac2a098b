package dev.squall.train;

import java.util.function.BooleanSupplier;

/**
 * How a run takes care of itself. None of it changes what the network learns as long as nothing goes wrong.
 *
 * @param checkpointSeconds after how long within an epoch a checkpoint is written beside those at the ends of epochs; 0 for never
 * @param patience after how many epochs without a higher top-1 the run ends; 0 for never
 * @param skipsNonFinite whether a step whose loss or gradient is not finite is left out, rather than the end of the run
 * @param stop asked after every step whether to write a checkpoint and stop
 */
public record RunOptions(double checkpointSeconds, int patience, boolean skipsNonFinite, BooleanSupplier stop) {
    /** Checkpoints at the ends of epochs, no early end, and a stop when the loss is not finite. */
    public static final RunOptions DEFAULT = new RunOptions(0, 0, false, () -> false);

    public RunOptions {
        if (!(checkpointSeconds >= 0) || patience < 0) {
            throw new IllegalArgumentException(
                    "seconds between checkpoints and epochs of patience must not be negative," + " got "
                            + checkpointSeconds + " and " + patience);
        }
    }

    public RunOptions withCheckpointSeconds(double checkpointSeconds) {
        return new RunOptions(checkpointSeconds, patience, skipsNonFinite, stop);
    }

    public RunOptions withPatience(int patience) {
        return new RunOptions(checkpointSeconds, patience, skipsNonFinite, stop);
    }

    public RunOptions withSkipsNonFinite(boolean skipsNonFinite) {
        return new RunOptions(checkpointSeconds, patience, skipsNonFinite, stop);
    }

    public RunOptions withStop(BooleanSupplier stop) {
        return new RunOptions(checkpointSeconds, patience, skipsNonFinite, stop);
    }
}
