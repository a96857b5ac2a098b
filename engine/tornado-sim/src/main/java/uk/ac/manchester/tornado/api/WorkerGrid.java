package uk.ac.manchester.tornado.api;

import org.jspecify.annotations.Nullable;

/** The number of work-items of a launch and how they are divided into work-groups, along x, y and z. */
public interface WorkerGrid {

    int dimension();

    long[] getGlobalWork();

    /** Null while the choice is left to the driver. */
    long @Nullable [] getLocalWork();

    long[] getGlobalOffset();

    void setGlobalWork(long x, long y, long z);

    void setLocalWork(long x, long y, long z);

    void setLocalWorkToNull();

    void setGlobalOffset(long x, long y, long z);
}
