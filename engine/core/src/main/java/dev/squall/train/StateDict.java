package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.error.Excerpt;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.nn.Counter;
import dev.squall.nn.Module;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of a module (parameters, buffers and counters) as named tensors, out of it and into it. */
public final class StateDict {
    private static final int NAMED_PROBLEMS = 3;

    private StateDict() {}

    /** A copy of the whole state of {@code module}. */
    public static Map<String, HostTensor> of(Module module) {
        Map<String, HostTensor> state = copy(tensors(module));
        module.counters().forEach((name, counter) -> state.put(name, HostTensor.ofLongs(new long[] {counter.get()})));
        return state;
    }

    /**
     * Fills the state of {@code module}, all of it or, if something does not fit, nothing. Counters may be missing, as in files of old
     * versions of PyTorch, and are 0 then.
     *
     * @param source where the tensors come from, for messages
     * @throws BadInputException if tensors are missing, left over or of another shape; names the first few
     */
    public static void load(Module module, Map<String, HostTensor> state, String source) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>(state);
        Map<Counter, Long> counts = takeCounts(module, "", tensors);
        fill(tensors(module), tensors, source);
        counts.forEach(Counter::set);
    }

    /**
     * Takes the counters of {@code module} out of {@code tensors}, where their names begin with {@code prefix}.
     *
     * @return what each counter is to be set to
     */
    static Map<Counter, Long> takeCounts(Module module, String prefix, Map<String, HostTensor> tensors) {
        Map<Counter, Long> counts = new LinkedHashMap<>();
        module.counters().forEach((name, counter) -> counts.put(counter, count(tensors.remove(prefix + name))));
        return counts;
    }

    /**
     * A count that a file may lack, hold as an empty tensor, or hold as a float if somebody cast the whole state to one type. No result
     * depends on it, so what no longer is a number counts as 0.
     */
    private static long count(@Nullable HostTensor stored) {
        if (stored == null || stored.elements() == 0) {
            return 0;
        }
        if (stored.type().isFloat()) {
            float value = stored.floats()[0];
            return Float.isFinite(value) ? Math.round((double) value) : 0;
        }
        return stored.type() == ElementType.U64 ? stored.bytes().getLong(0) : stored.longs()[0];
    }

    /** Parameters and buffers. */
    static Map<String, Tensor> tensors(Module module) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(module.parameters());
        tensors.putAll(module.buffers());
        return tensors;
    }

    /** Copies of {@code tensors}. */
    static Map<String, HostTensor> copy(Map<String, Tensor> tensors) {
        Map<String, HostTensor> copies = new LinkedHashMap<>();
        tensors.forEach(
                (name, tensor) -> copies.put(name, HostTensor.ofFloats(tensor.toArray(), extents(tensor.shape()))));
        return copies;
    }

    /** Uploads to each of {@code targets} what {@code stored} has under its name, or throws before the first upload. */
    static void fill(Map<String, Tensor> targets, Map<String, HostTensor> stored, String source) {
        List<String> problems = new ArrayList<>();
        Map<Tensor, HostTensor> sources = new LinkedHashMap<>();
        targets.forEach((name, target) -> {
            HostTensor tensor = stored.get(name);
            if (tensor == null) {
                problems.add(name + " is missing");
            } else if (!Arrays.equals(tensor.shape(), extents(target.shape()))) {
                problems.add(name + " is " + Excerpt.of(tensor.shape()) + " instead of " + target.shape());
            } else {
                sources.put(target, tensor);
            }
        });
        stored.keySet().stream()
                .filter(name -> !targets.containsKey(name))
                .forEach(name -> problems.add(Excerpt.of(name) + " is not expected"));
        if (!problems.isEmpty()) {
            int named = Math.min(NAMED_PROBLEMS, problems.size());
            String more = problems.size() > named ? " and " + (problems.size() - named) + " more" : "";
            throw new BadInputException(
                    source + " does not fit the network: " + String.join(", ", problems.subList(0, named)) + more);
        }
        sources.forEach((target, tensor) -> target.upload(tensor.floatBuffer()));
    }

    /**
     * Requires that all floating-point values are finite.
     *
     * @param source where the tensors come from, for messages
     * @throws BadInputException if one is NaN or infinite; names the first tensor that holds one
     */
    public static void requireFinite(Map<String, HostTensor> state, String source) {
        state.forEach((name, tensor) -> {
            if (!tensor.isFinite()) {
                throw new BadInputException(source + " holds values that are not finite (NaN or infinite), first in "
                        + Excerpt.of(name) + "; train with a lower learning rate, or take weights from before");
            }
        });
    }

    private static long[] extents(Shape shape) {
        return Arrays.stream(shape.toArray()).asLongStream().toArray();
    }
}
