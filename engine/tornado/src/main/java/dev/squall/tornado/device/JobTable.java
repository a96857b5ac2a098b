package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Jobs;
import dev.squall.tornado.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;

/** Collects {@link Jobs}, and launches a kernel for all of them; more often than once only if there are more than a table holds. */
public final class JobTable {
    private final Launcher launcher;
    private final Kernel kernel;
    private final int[] places;
    private final float[] settings;
    private final List<Job> jobs = new ArrayList<>();
    private int chunks;
    private int length;

    private record Job(int first, int vectors, int[] row) {}

    /** An empty table, for a kernel with operands in these arenas and with these settings. */
    public JobTable(Launcher launcher, Kernel kernel, int[] places, float... settings) {
        this.launcher = launcher;
        this.kernel = kernel;
        this.places = places;
        this.settings = settings;
    }

    /** Adds a job over {@code vectors} vectors. */
    public void add(int vectors, int... row) {
        int first = 0;
        while (first < vectors) {
            int left = (Device.tableSize() - length - row.length) / 2;
            if (left < 1) {
                launch();
                continue;
            }
            int taken = (int) Math.min(vectors - first, (long) left * Jobs.CHUNK);
            jobs.add(new Job(first, taken, row));
            int more = Math.ceilDiv(taken, Jobs.CHUNK);
            chunks += more;
            length += 2 * more + row.length;
            first += taken;
        }
    }

    /** Does what has been added. */
    public void launch() {
        if (chunks == 0) {
            return;
        }
        int[] table = new int[length];
        int row = 2 * chunks;
        int at = 0;
        for (Job job : jobs) {
            for (int done = 0; done < job.vectors; done += Jobs.CHUNK) {
                table[at++] = row;
                table[at++] = job.first + done;
            }
            System.arraycopy(job.row, 0, table, row, job.row.length);
            row += job.row.length;
        }
        launcher.device().table(table);
        launcher.launch(kernel, places, chunks * Jobs.CHUNK, 1, new int[] {chunks}, settings);
        jobs.clear();
        chunks = 0;
        length = 0;
    }
}
