package dev.squall.bench.gpu;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.bench.gpu.LaunchModel.Bound;
import dev.squall.bench.gpu.LaunchModel.Cost;
import dev.squall.bench.gpu.NetworkRun.Launch;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Summary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What one step of a network is expected to take: a model, not a measurement.
 *
 * @param training whether it is a training step, not an inference
 * @param batch images
 * @param multiplyAdds of the whole step; a training step has those of the forward pass three times
 * @param launches how many
 * @param launchSeconds what all launches take themselves
 * @param parts how the time that is not the launches' comes about, in seconds
 * @param layers by name, in the order in which they compute
 * @param kernels by name
 * @param share of the device's peak that the step reaches: in mixed precision, of that of its tensor cores
 */
public record Step(
        boolean training,
        int batch,
        double multiplyAdds,
        int launches,
        double launchSeconds,
        Parts parts,
        Map<String, Group> layers,
        Map<String, Group> kernels,
        double share) {
    private static final int PASSES_OF_TRAINING = 3;

    /**
     * What the time on the device consists of, in seconds.
     *
     * @param arithmetic what the network's multiply-adds take at the peak
     * @param padding multiply-adds beyond those: rims of tiles, taps between strides, rounds that only fetch
     * @param instructions of products that are no multiply-adds
     * @param idle processors with fewer blocks than others, and warps that wait
     * @param memory kernels that are bound by memory, or short
     */
    public record Parts(double arithmetic, double padding, double instructions, double idle, double memory) {
        double all() {
            return arithmetic + padding + instructions + idle + memory;
        }
    }

    /**
     * Launches that belong together.
     *
     * @param count how many
     * @param forward seconds of those of the forward pass, the launches themselves included
     * @param backward of the others
     * @param bound what decides of the longest one
     */
    public record Group(int count, double forward, double backward, Bound bound) {}

    /** Milliseconds in all. */
    public double milliseconds() {
        return 1e3 * (launchSeconds + parts.all());
    }

    /** Computes a step of {@code config} on images of this shape, in single precision or {@link Precision#MIXED}. */
    static Step of(
            NetworkConfig config,
            Shape images,
            boolean training,
            LaunchModel model,
            GpuDevice device,
            Launching launching,
            Precision precision) {
        List<Launch> launches = NetworkRun.of(config, images, device.processors(), training, precision);
        double peak = precision == Precision.MIXED ? device.halfPeak() : device.peak();
        List<Cost> costs = launches.stream().map(model::of).toList();
        double multiplyAdds = (double) Summary.of(config, images.batch(), images.height(), images.width())
                        .multiplyAdds()
                * (training ? PASSES_OF_TRAINING : 1);
        Parts parts = parts(costs, 2 * multiplyAdds / peak);
        double[] own = launching.seconds(launches);
        double ofAll = Arrays.stream(own).sum();
        double seconds = parts.all() + ofAll;
        return new Step(
                training,
                images.batch(),
                multiplyAdds,
                launches.size(),
                ofAll,
                parts,
                groups(launches, costs, own, Launch::layer, new LinkedHashMap<>()),
                groups(launches, costs, own, Launch::kernel, new TreeMap<>()),
                2 * multiplyAdds / peak / seconds);
    }

    private static Parts parts(List<Cost> costs, double arithmetic) {
        double multiplyAdds = 0;
        double instructions = 0;
        double idle = 0;
        double memory = 0;
        for (Cost cost : costs) {
            if (cost.multiplyAdds() > 0) {
                multiplyAdds += cost.multiplyAdds();
                instructions += cost.instructions() - cost.multiplyAdds();
                idle += cost.time() - cost.instructions();
            } else {
                memory += cost.time();
            }
        }
        return new Parts(arithmetic, multiplyAdds - arithmetic, instructions, idle, memory);
    }

    private static Map<String, Group> groups(
            List<Launch> launches,
            List<Cost> costs,
            double[] own,
            Function<Launch, String> key,
            Map<String, Group> groups) {
        Map<String, List<Integer>> members = new LinkedHashMap<>();
        for (int i = 0; i < launches.size(); i++) {
            members.computeIfAbsent(key.apply(launches.get(i)), k -> new ArrayList<>())
                    .add(i);
        }
        members.forEach((name, indices) -> {
            double forward = seconds(indices, launches, costs, own, false);
            double backward = seconds(indices, launches, costs, own, true);
            Bound bound = indices.stream()
                    .map(costs::get)
                    .max(Comparator.comparingDouble(Cost::time))
                    .orElseThrow()
                    .bound();
            groups.put(name, new Group(indices.size(), forward, backward, bound));
        });
        return groups;
    }

    private static double seconds(
            List<Integer> indices, List<Launch> launches, List<Cost> costs, double[] own, boolean backward) {
        return indices.stream()
                .filter(i -> launches.get(i).backward() == backward)
                .mapToDouble(i -> costs.get(i).time() + own[i])
                .sum();
    }
}
