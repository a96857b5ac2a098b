package dev.squall.train;

/** The steps of one epoch, from wherever it was left. */
interface EpochSteps extends AutoCloseable {
    boolean hasNext();

    /** Takes the next step, or as many as are taken at once. */
    void step();

    /** Whether somebody has asked for an end after this step. */
    boolean stops();

    /** How far it has come. */
    EpochCounts counts();

    /** The part of the time, since it was begun here, that was spent waiting for images. */
    double shareWaited();

    /** Stops preparing images. */
    @Override
    void close();
}
