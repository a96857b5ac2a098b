package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Launches that wait until somebody reads what they compute. A sequence of them that comes again and again, such as inferences of one shape or steps of a training, is compiled as
 * one task graph when it comes for the third time, and replayed from then on.
 *
 * <p>Whether it is the same is decided by the launches themselves, all of their arguments included: another shape, other weights, a tensor that lies elsewhere in
 * the arena or another setting make another sequence, which runs as if there were no graph. Since launches keep their order and their arguments, and what the host
 * writes and reads waits for those before, memory that was freed and taken again meanwhile is no matter either. Results are the same to the bit.
 */
final class LaunchQueue implements AutoCloseable {
    /** A sequence is compiled, which takes seconds, when it comes so many times. */
    private static final int TIMES = 3;

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
    private final Consumer<String> progress;
    private final Map<List<Launch>, List<ReplayGraph>> replays = new HashMap<>();

    /** How often the sequences of each hash have come, the one that came last at the end. */
    private final Map<Integer, Integer> seen = new LinkedHashMap<>(MOST_SEEN, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Integer> eldest) {
            return size() > MOST_SEEN;
        }
    };

    private List<Launch> waiting = new ArrayList<>();
    private long replayed;

    /**
     * An empty one.
     *
     * @param runner runs one launch
     * @param progress told that a sequence is being compiled
     */
    LaunchQueue(Consumer<Launch> runner, ReplayGraph.Context context, Consumer<String> progress) {
        this.runner = runner;
        this.context = context;
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
        List<ReplayGraph> replay = launches.size() < LEAST ? null : replay(launches);
        if (replay == null) {
            launches.forEach(runner);
        } else {
            run(replay, launches.size());
            replayed++;
        }
    }

    private @Nullable List<ReplayGraph> replay(List<Launch> launches) {
        List<ReplayGraph> known = replays.get(launches);
        if (known == null
                && seen.merge(launches.hashCode(), 1, Integer::sum) >= TIMES
                && replays.size() < MOST_REPLAYS) {
            progress.accept("compiling " + launches.size() + " launches as one task graph");
            known = new ArrayList<>();
            replays.put(launches, known);
            for (int first = 0; first < launches.size(); ) {
                List<Launch> rest = launches.subList(first, launches.size());
                int count = ReplayGraph.fitting(rest);
                known.add(new ReplayGraph(
                        "replay" + replays.size() + "part" + known.size(), context, rest.subList(0, count)));
                first += count;
            }
        }
        return known;
    }

    private void run(List<ReplayGraph> graphs, int launches) {
        try {
            graphs.forEach(ReplayGraph::run);
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isFromTornadoVm(e)) {
                throw new BackendException(
                        Devices.name(context.device()) + " does not run " + launches
                                + " launches as one task graph (" + TornadoErrors.reason(e)
                                + "); leave --replay out",
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
        replays.values().forEach(graphs -> graphs.forEach(ReplayGraph::close));
    }
}
