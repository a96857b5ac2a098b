package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Jobs;
import dev.squall.tornado.kernel.Kernel;

/** Collects the rows of {@link Jobs}, and launches a kernel for all of them; more often than once only if there are more than fit. */
public final class JobTable {
    private final Launcher launcher;
    private final Kernel kernel;
    private final float[] settings;
    private final int length;
    private final int[] rows;
    private int jobs;
    private int groups;

    /**
     * An empty table.
     *
     * @param slots ints of a row after the first
     * @param settings for all jobs
     */
    public JobTable(Launcher launcher, Kernel kernel, int slots, float... settings) {
        this.launcher = launcher;
        this.kernel = kernel;
        this.settings = settings;
        length = slots + 1;
        rows = new int[Device.tableSize() / length * length];
    }

    /** Adds a job over {@code vectors} vectors. */
    public void add(int vectors, int... slots) {
        if ((jobs + 1) * length > rows.length) {
            launch();
        }
        rows[jobs * length] = groups;
        System.arraycopy(slots, 0, rows, jobs * length + 1, slots.length);
        jobs++;
        groups += Math.ceilDiv(vectors, Jobs.VECTORS);
    }

    /** Does what has been added. */
    public void launch() {
        if (jobs > 0) {
            launcher.device().table(rows, jobs * length);
            launcher.launch(kernel, groups * Jobs.ITEMS, 1, new int[] {jobs}, settings);
            jobs = 0;
            groups = 0;
        }
    }
}
