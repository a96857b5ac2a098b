package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import dev.squall.tornado.kernel.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Launches that wait until somebody reads what they compute. A sequence of them that comes again and again, such as inferences of one shape or steps of a training, is compiled as
 * one task graph when {@link Patience} ends, and replayed from then on.
 *
 * <p>Whether it is the same is decided by the launches themselves, all of their arguments included: another shape, other weights, a tensor that lies elsewhere in
 * the arena or another setting make another sequence, which runs as if there were no graph. Since launches keep their order and their arguments, and what the host
 * writes and reads waits for those before, memory that was freed and taken again meanwhile is no matter either. Results are the same to the bit.
 */
final class LaunchQueue implements AutoCloseable {
    /** Launches that are worth a graph. */
    private static final int LEAST = 8;

    /** The most that wait; and the longest sequence that is replayed. */
    static final int MOST = 1024;

    /** Sequences that are compiled: a service that fills its batches has few sizes, and a training step takes about ten. */
    private static final int MOST_REPLAYS = 24;

    /** Sequences that are remembered until they come again. */
    private static final int MOST_SEEN = 64;

    private final Consumer<Launch> runner;
    private final ReplayGraph.Context context;
    private final Patience patience;
    private final ToLongFunction<Kernel> compiling;
    private final Consumer<String> progress;
    private final Map<List<Launch>, List<ReplayGraph>> replays = new HashMap<>();

    /** The sequences that came, by their hash, the one that came last at the end. */
    private final Map<Integer, Seen> seen = new LinkedHashMap<>(MOST_SEEN, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Seen> eldest) {
            return size() > MOST_SEEN;
        }
    };

    private static final class Seen {
        private int times;
        private long nanoseconds;
    }

    private final List<ReplayGraph> graphs = new ArrayList<>();
    private List<Launch> waiting = new ArrayList<>();
    private long replayed;

    /** What {@link ReplayCheck} says, once it is asked. */
    private boolean works = true;

    private boolean checked;

    /**
     * An empty one.
     *
     * @param runner runs one launch
     * @param compiling the nanoseconds that a kernel takes to compile
     * @param progress told that a sequence is being compiled
     */
    LaunchQueue(
            Consumer<Launch> runner,
            ReplayGraph.Context context,
            Patience patience,
            ToLongFunction<Kernel> compiling,
            Consumer<String> progress) {
        this.runner = runner;
        this.context = context;
        this.patience = patience;
        this.compiling = compiling;
        this.progress = progress;
    }

    void add(Launch launch) {
        waiting.add(launch);
        if (waiting.size() == MOST) {
            complete();
        }
    }

    /** Runs what waits. If something fails, the rest of it is dropped. */
    void complete() {
        List<Launch> launches = waiting;
        waiting = new ArrayList<>();
        if (launches.size() < LEAST) {
            launches.forEach(runner);
            return;
        }
        List<ReplayGraph> replay = replays.get(launches);
        if (replay == null && replays.size() < MOST_REPLAYS && works) {
            Seen before = seen.computeIfAbsent(launches.hashCode(), _ -> new Seen());
            before.times++;
            if (patience.ends(before.times, before.nanoseconds, compiling(launches)) && works()) {
                replay = compile(launches);
            } else {
                long start = System.nanoTime();
                launches.forEach(runner);
                before.nanoseconds += System.nanoTime() - start;
                return;
            }
        }
        if (replay == null) {
            launches.forEach(runner);
        } else {
            run(replay, launches.size());
            replayed++;
        }
    }

    /** Whether this device's task graphs do what they are to do; the first one is made to see that. */
    private boolean works() {
        if (!checked) {
            checked = true;
            works = passes();
            if (!works) {
                progress.accept("task graphs do not work on " + Devices.name(context.device())
                        + ", so that nothing is replayed");
            }
        }
        return works;
    }

    private boolean passes() {
        try {
            ReplayGraph graph = new ReplayGraph("replaycheck", context, ReplayCheck.launches());
            graphs.add(graph);
            return ReplayCheck.passes(graph, runner, context.firstVectors());
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isFromTornadoVm(e)) {
                return false;
            }
            throw e;
        }
    }

    private long compiling(List<Launch> launches) {
        return launches.stream()
                .mapToLong(launch -> compiling.applyAsLong(launch.kernel()))
                .sum();
    }

    private List<ReplayGraph> compile(List<Launch> launches) {
        progress.accept("compiling " + launches.size() + " launches as one task graph");
        List<ReplayGraph> parts = new ArrayList<>();
        replays.put(launches, parts);
        for (int first = 0; first < launches.size(); ) {
            List<Launch> rest = launches.subList(first, launches.size());
            int count = ReplayGraph.fitting(context, rest);
            parts.add(new ReplayGraph(
                    "replay" + replays.size() + "part" + parts.size(), context, rest.subList(0, count)));
            first += count;
        }
        graphs.addAll(parts);
        return parts;
    }

    private void run(List<ReplayGraph> parts, int launches) {
        try {
            parts.forEach(ReplayGraph::run);
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isFromTornadoVm(e)) {
                throw new BackendException(
                        Devices.name(context.device()) + " does not run " + launches
                                + " launches as one task graph (" + TornadoErrors.reason(e)
                                + "); try --replay never",
                        e);
            }
            throw e;
        }
    }

    /** How many sequences have been replayed. */
    long replayed() {
        return replayed;
    }

    @Override
    public void close() {
        graphs.forEach(ReplayGraph::close);
    }
}
