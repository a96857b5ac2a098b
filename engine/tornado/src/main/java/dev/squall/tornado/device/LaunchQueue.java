package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Launches that wait until somebody reads what they compute. A sequence of them that comes again and again, such as inferences of one shape or steps of a training, is compiled as
 * one task graph when {@link Patience} ends, and replayed from then on.
 *
 * <p>Whether it is the same is decided by the launches themselves, all of their arguments included: another shape, other weights, a tensor that lies elsewhere in
 * the arena or another setting make another sequence, which runs as if there were no graph. Since launches keep their order and their arguments, and what the host
 * writes and reads waits for those before, memory that was freed and taken again meanwhile is no matter either. Results are the same to the bit.
 *
 * <p>A program that goes on to other shapes needs other graphs: once there are {@value #MOST_REPLAYS}, the one that has not come for longest is freed for the next.
 */
final class LaunchQueue implements AutoCloseable {
    /** Launches that are worth a graph. */
    private static final int LEAST = 8;

    /** The most that wait; and the longest sequence that is replayed. */
    static final int MOST = 1024;

    /** Sequences that are compiled at a time: a service that fills its batches has few sizes, and a training step takes about ten. */
    private static final int MOST_REPLAYS = 24;

    /** Sequences that are remembered until they come again. */
    private static final int MOST_SEEN = 64;

    private final Consumer<Launch> runner;
    private final ReplayGraph.Context context;
    private final Patience patience;
    private final ToLongFunction<Launch> compiling;
    private final Consumer<String> progress;
    private final int mostReplays = Integer.getInteger(Launcher.REPLAYS, MOST_REPLAYS);

    /** The sequences that are compiled, the one that came last at the end. */
    private final Map<List<Launch>, Replay> replays = new LinkedHashMap<>(16, 0.75f, true);

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
        /** When it came last. */
        private long last;
    }

    private static final class Replay {
        private final List<ReplayGraph> parts = new ArrayList<>();
        /** When it came last. */
        private long last;
    }

    private List<Launch> waiting = new ArrayList<>();
    private long replayed;
    private long compiled;

    /** How many sequences have come: the time that is counted in. */
    private long now;

    /** What {@link ReplayCheck} says, once it is asked. */
    private boolean works = true;

    private boolean checked;

    /**
     * An empty one.
     *
     * @param runner runs one launch
     * @param compiling the nanoseconds that a launch's kernel takes to compile
     * @param progress told that a sequence is being compiled
     */
    LaunchQueue(
            Consumer<Launch> runner,
            ReplayGraph.Context context,
            Patience patience,
            ToLongFunction<Launch> compiling,
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
        now++;
        Replay replay = replays.get(launches);
        if (replay == null && works) {
            Seen before = seen.computeIfAbsent(launches.hashCode(), _ -> new Seen());
            before.times++;
            if (patience.ends(before.times, before.nanoseconds, compiling(launches))
                    && hasRoom(before.last)
                    && works()) {
                replay = compile(launches);
                seen.remove(launches.hashCode());
            } else {
                before.last = now;
                long start = System.nanoTime();
                launches.forEach(runner);
                before.nanoseconds += System.nanoTime() - start;
                return;
            }
        }
        if (replay == null) {
            launches.forEach(runner);
        } else {
            replay.last = now;
            run(replay.parts, launches.size());
            replayed++;
        }
    }

    /**
     * Whether a sequence that came before at some time may be compiled now. There is room if the compiled one that has not come for longest has not come since then either. Otherwise more sequences
     * take turns than there is room for, and each would throw out the one that comes next.
     */
    private boolean hasRoom(long before) {
        return replays.size() < mostReplays || replays.values().iterator().next().last < before;
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
        try (ReplayGraph graph = new ReplayGraph("replaycheck", context, ReplayCheck.launches())) {
            return ReplayCheck.passes(graph, runner, context.firstVectors());
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isFromTornadoVm(e)) {
                return false;
            }
            throw e;
        }
    }

    private long compiling(List<Launch> launches) {
        return launches.stream().mapToLong(compiling).sum();
    }

    private Replay compile(List<Launch> launches) {
        progress.accept("compiling " + launches.size() + " launches as one task graph");
        if (replays.size() == mostReplays) {
            List<Launch> unused = replays.keySet().iterator().next();
            Objects.requireNonNull(replays.remove(unused)).parts.forEach(ReplayGraph::close);
        }
        Replay replay = new Replay();
        for (int first = 0; first < launches.size(); ) {
            List<Launch> rest = launches.subList(first, launches.size());
            int count = ReplayGraph.fitting(context, rest);
            String name = "replay" + compiled + "part" + replay.parts.size();
            replay.parts.add(new ReplayGraph(name, context, rest.subList(0, count)));
            first += count;
        }
        compiled++;
        replays.put(launches, replay);
        return replay;
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
        replays.values().forEach(replay -> replay.parts.forEach(ReplayGraph::close));
    }
}
