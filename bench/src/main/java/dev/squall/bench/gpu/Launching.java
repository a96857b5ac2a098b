package dev.squall.bench.gpu;

import dev.squall.bench.gpu.NetworkRun.Launch;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What launches take themselves, whatever the kernels do.
 *
 * @param launch seconds of a launch of its own
 * @param replayed seconds of one within a graph that is replayed, see {@code BackendOptions.Replay}; of all of them {@code launch} if nothing is replayed
 */
record Launching(double launch, double replayed) {
    /** Launches that become one graph, about: TornadoVM allows 1,000 nodes, of which a task and its own sizes take 5. */
    private static final int OF_GRAPH = 200;

    private static final Set<String> ALONE = Kernels.all().stream()
            .filter(Kernel::standsAlone)
            .map(Kernel::name)
            .collect(Collectors.toUnmodifiableSet());

    /** Of each launch. The first of a graph takes what a launch of its own would: a graph is one. */
    double[] seconds(List<Launch> launches) {
        double[] seconds = new double[launches.size()];
        int inGraph = 0;
        for (int i = 0; i < seconds.length; i++) {
            inGraph = ALONE.contains(launches.get(i).kernel()) ? 0 : inGraph % OF_GRAPH + 1;
            seconds[i] = inGraph <= 1 ? launch : replayed;
        }
        return seconds;
    }
}
