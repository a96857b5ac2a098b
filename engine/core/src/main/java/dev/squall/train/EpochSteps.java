package dev.squall.train;

import dev.squall.train.RunState.EpochPart;

/** The steps of one epoch, from wherever it was left. */
interface EpochSteps extends AutoCloseable {
    boolean hasNext();

    /** Takes the next step, or as many as are taken at once. */
    void step();

    /** Whether somebody has asked for an end after this step. */
    boolean stops();

    /** What has been learned in this epoch so far. */
    Predictions predictions();

    /** How many images it has gone through. */
    int images();

    /** How many steps in a row, up to the last, were left out. */
    int skippedInARow();

    /** What is done of the epoch. */
    EpochPart part();

    /** The part of the time, since it was begun here, that was spent waiting for images. */
    double shareWaited();

    /**
     * Requires at its end that images could be read.
     *
     * @throws dev.squall.error.BadInputException if none could
     */
    void requireAny();

    /** Stops preparing images. */
    @Override
    void close();
}
