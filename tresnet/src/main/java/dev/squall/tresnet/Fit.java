package dev.squall.tresnet;

import dev.squall.backend.meta.MetaBackend;
import dev.squall.error.Excerpt;
import dev.squall.io.HostTensor;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How well tensors fit a network, found without the network's memory.
 *
 * @param network its name
 * @param naming how the tensors are named
 * @param matching tensors of the network's name and shape
 * @param expected tensors that the network has, counters aside
 * @param surplus tensors that it has not
 * @param classes that the network was taken to have
 * @param inputChannels of the images that it was taken to have been built for
 * @param folded whether its norms were taken to be in the convolutions
 */
public record Fit(
        String network,
        Naming naming,
        int matching,
        int expected,
        int surplus,
        int classes,
        int inputChannels,
        boolean folded) {
    /** Parts of names that stand before all of them: programs nest a few wrappers, and each that is tried is compared with all networks. */
    private static final int MOST_PREFIXES = 8;

    /** More than any network tells apart; a file may say that it has two billion of no features each. */
    private static final int MOST_CLASSES = 1_000_000;

    /** Whether the network can be filled with the tensors. */
    public boolean isWhole() {
        return matching == expected && surplus == 0;
    }

    /** Of every network and naming with at least one matching tensor, the best first; each with as many classes as the tensors say. */
    public static List<Fit> of(Map<String, HostTensor> tensors) {
        return Networks.names().stream()
                .map(name -> of(Networks.preset(name).config(), tensors))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(Fit::isWhole)
                        .reversed()
                        .thenComparing(Comparator.comparingDouble(Fit::share).reversed()))
                .toList();
    }

    /**
     * The tensors without what stands before all of their names, such as {@code student.}, if only so they fit a network.
     *
     * @param notes gets a sentence if something was left out
     */
    public static Map<String, HostTensor> withoutPrefix(Map<String, HostTensor> tensors, List<String> notes) {
        Map<String, HostTensor> inner = tensors;
        StringBuilder prefix = new StringBuilder();
        for (int i = 0; i < MOST_PREFIXES; i++) {
            List<String> first = inner.keySet().stream()
                    .map(name -> name.substring(0, name.indexOf('.') + 1))
                    .distinct()
                    .limit(2)
                    .toList();
            if (first.size() != 1 || first.getFirst().isEmpty()) {
                return tensors;
            }
            Map<String, HostTensor> shorter = new LinkedHashMap<>();
            inner.forEach((name, tensor) ->
                    shorter.put(name.substring(first.getFirst().length()), tensor));
            inner = shorter;
            prefix.append(first.getFirst());
            if (of(inner).stream().anyMatch(Fit::isWhole)) {
                notes.add("left out " + Excerpt.of(prefix.toString()) + " before all names");
                return inner;
            }
        }
        return tensors;
    }

    private double share() {
        return (double) matching / (expected + surplus);
    }

    /** The best way in which the tensors fit {@code config}, for as many classes and channels as they say; empty if none of them does. */
    static Optional<Fit> of(NetworkConfig config, Map<String, HostTensor> tensors) {
        NetworkConfig fitting = config.withClasses(
                classes(tensors.get(config.classifier() + ".weight")).orElse(config.classes()));
        return IntStream.of(config.inputChannels(), 1, 3)
                .distinct()
                .mapToObj(channels -> ofChannels(fitting.withInputChannels(channels), tensors))
                .flatMap(Optional::stream)
                .max(Comparator.comparingDouble(Fit::share));
    }

    private static Optional<Fit> ofChannels(NetworkConfig fitting, Map<String, HostTensor> tensors) {
        List<Fit> fits = new ArrayList<>();
        try (MetaBackend backend = new MetaBackend();
                Module network = fitting.build(backend)) {
            for (boolean folded : new boolean[] {false, true}) {
                if (folded) {
                    ConvAbn.foldNorms(network);
                }
                for (Naming naming : Naming.values()) {
                    fits.add(of(fitting, network, folded, naming, tensors));
                }
            }
        }
        // Not by the share: a network with folded norms has fewer tensors, of which a file that fits neither would
        // match the larger share.
        return fits.stream().filter(fit -> fit.matching > 0).max(Comparator.comparingInt(Fit::matching));
    }

    private static Fit of(
            NetworkConfig config, Module network, boolean folded, Naming naming, Map<String, HostTensor> tensors) {
        Map<String, Tensor> state = new LinkedHashMap<>(network.parameters());
        state.putAll(network.buffers());
        Map<String, String> names = naming.ofState(network);
        int matching = 0;
        for (Map.Entry<String, String> name : names.entrySet()) {
            HostTensor tensor = tensors.get(name.getKey());
            Tensor own = state.get(name.getValue());
            matching += tensor != null && own != null && equal(tensor.shape(), own.shape()) ? 1 : 0;
        }
        int surplus = (int) tensors.keySet().stream()
                .filter(name -> !names.containsKey(name) && !name.endsWith(".op.filt"))
                .count();
        return new Fit(
                config.name(),
                naming,
                matching,
                state.size(),
                surplus,
                config.classes(),
                config.inputChannels(),
                folded);
    }

    private static boolean equal(long[] extents, Shape shape) {
        return Arrays.equals(
                extents, Arrays.stream(shape.toArray()).asLongStream().toArray());
    }

    /** How many classes a classifier with this weight {@code [classes, features]} tells apart; none if it is no such weight. */
    static OptionalInt classes(@Nullable HostTensor weight) {
        if (weight == null || weight.shape().length != 2 || weight.elements() == 0) {
            return OptionalInt.empty();
        }
        long classes = weight.shape()[0];
        return classes <= MOST_CLASSES ? OptionalInt.of((int) classes) : OptionalInt.empty();
    }
}
