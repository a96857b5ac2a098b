package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.HostTensor;
import dev.squall.nn.Module;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** Reads and writes the whole state of a network by official names, without the program's own loader. */
final class NetworkState {
    private NetworkState() {}

    /** Parameters and buffers. */
    static Map<String, Tensor> tensors(Module network) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(network.parameters());
        tensors.putAll(network.buffers());
        return tensors;
    }

    /** Their shapes. */
    static Map<String, Shape> shapes(Module network) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors(network).forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return shapes;
    }

    static void fill(Module network, BiFunction<String, Shape, float[]> values) {
        tensors(network).forEach((name, tensor) -> tensor.upload(values.apply(name, tensor.shape())));
    }

    /** Fills everything from {@code state}, which must have exactly the network's names. */
    static void load(Module network, Map<String, HostTensor> state) {
        Set<String> names = new LinkedHashSet<>(tensors(network).keySet());
        names.addAll(network.counters().keySet());
        assertThat(state.keySet()).as("names").containsExactlyInAnyOrderElementsOf(names);
        fill(network, (name, shape) -> {
            HostTensor tensor = state.get(name);
            assertThat(GoldenCase.shape(tensor)).as(name).isEqualTo(shape);
            return tensor.floats();
        });
        network.counters()
                .forEach((name, counter) -> counter.set(state.get(name).longs()[0]));
    }

    /** Compares {@code actual} with the tensors of the same names, each within a tolerance relative to its largest element. */
    static void check(
            String what,
            Map<String, HostTensor> expected,
            Map<String, Tensor> actual,
            Accuracy accuracy,
            double singlePrecisionError) {
        assertThat(actual.keySet()).as(what).containsAll(expected.keySet());
        expected.forEach((name, tensor) -> Expectation.relative(tensor.floats(), singlePrecisionError)
                .in(accuracy)
                .check(what + " " + name, actual.get(name).toArray()));
    }
}
