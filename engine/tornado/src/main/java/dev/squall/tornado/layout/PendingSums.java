package dev.squall.tornado.layout;

import static dev.squall.tornado.kernel.PanelKernels.SUM;

import dev.squall.tornado.device.JobTable;
import dev.squall.tornado.device.Launcher;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Weight gradients whose partial sums are computed and not yet added up. A backward pass leaves one after the other, and nobody reads them before the
 * optimizer does: then one launch adds up all of them. They keep scratch memory meanwhile, so they are added up earlier if that becomes too much, or
 * if the memory is needed.
 */
public final class PendingSums {
    /** The most vectors of partial sums that wait, and the part of the arena that they may be. */
    private static final int MOST_VECTORS = 1 << 22;

    private static final int PART_OF_ARENA = 16;

    private final Launcher launcher;
    private final Map<TornadoStorage, Job> jobs = new LinkedHashMap<>();
    private int vectors;

    private record Job(Panels panels, int partials, int parts) {
        int vectors() {
            return parts * panels.vectors();
        }
    }

    public PendingSums(Launcher launcher) {
        this.launcher = launcher;
        launcher.arena().reclaim(this::complete);
    }

    /**
     * Lets {@code dw} become the sum of partial sums when somebody asks where it is.
     *
     * @param compute fills the {@code parts} packed arrays that begin at the vector which it gets
     */
    public void fill(TornadoStorage dw, Panels panels, int parts, IntConsumer compute) {
        drop(dw);
        int partials = launcher.arena().allocate(Math.multiplyExact(parts, panels.vectors()));
        Job job = new Job(panels, partials, parts);
        try {
            compute.accept(partials);
        } catch (RuntimeException | Error e) {
            release(job);
            throw e;
        }
        jobs.put(dw, job);
        dw.pending(this::complete);
        vectors += job.vectors();
        if (vectors > Math.min(MOST_VECTORS, launcher.arena().capacity() / PART_OF_ARENA)) {
            complete();
        }
    }

    /** Adds up all. */
    public void complete() {
        if (!jobs.isEmpty()) {
            Map<TornadoStorage, Job> waiting = new LinkedHashMap<>(jobs);
            jobs.clear();
            vectors = 0;
            waiting.keySet().forEach(dw -> dw.pending(null));
            JobTable table = new JobTable(launcher, SUM, Launcher.NO_OPERANDS);
            waiting.forEach((dw, job) ->
                    table.add(job.panels.vectors(), job.panels.sizes(dw.mainOffset(), job.partials, job.parts)));
            table.launch();
            waiting.values().forEach(this::release);
        }
    }

    /** Forgets what would become the contents of {@code dw}. */
    public void drop(TornadoStorage dw) {
        Job job = jobs.remove(dw);
        if (job != null) {
            vectors -= job.vectors();
            dw.pending(null);
            release(job);
        }
    }

    private void release(Job job) {
        launcher.arena().release(job.partials, job.vectors());
    }
}
