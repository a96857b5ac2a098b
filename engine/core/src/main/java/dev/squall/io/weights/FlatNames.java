package dev.squall.io.weights;

import dev.squall.error.Excerpt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Names such as {@code module.state_dict.conv1.weight}, in which wrappers have become prefixes. */
final class FlatNames {
    /** Wrappers are nested two or three deep, and for each all names are written anew. */
    private static final int DEEPEST = 32;

    private FlatNames() {}

    /**
     * The weights under their own names: of names of which every one begins with a wrapper, or with something beside the weights, those of the best wrapper without
     * it; and so on, since wrappers are nested.
     *
     * @param notes gets a sentence for each prefix
     */
    static <T> Map<String, T> withoutWrappers(Map<String, T> tensors, boolean preferAverage, List<String> notes) {
        Map<String, T> current = tensors;
        List<String> prefixes = new ArrayList<>();
        String wrapper;
        while (prefixes.size() < DEEPEST && (wrapper = wrapperOf(current, preferAverage)) != null) {
            Map<String, T> inner = new LinkedHashMap<>();
            int prefix = wrapper.length() + 1;
            for (Map.Entry<String, T> entry : current.entrySet()) {
                if (entry.getKey().startsWith(wrapper + ".")) {
                    inner.put(entry.getKey().substring(prefix), entry.getValue());
                }
            }
            current = inner;
            prefixes.add(wrapper + ".");
        }
        if (!prefixes.isEmpty()) {
            String all = String.join("", prefixes);
            boolean average = prefixes.stream().anyMatch(p -> Wrappers.isAverage(p.substring(0, p.length() - 1)));
            notes.add("took the tensors whose names begin with " + Excerpt.of(all)
                    + (average ? ", a moving average," : "") + " and left that prefix out");
        }
        return withoutInner(current, notes);
    }

    /** Such as {@code layer1._orig_mod.0.weight} without the part in the middle, unless two tensors would have one name. */
    private static <T> Map<String, T> withoutInner(Map<String, T> tensors, List<String> notes) {
        Map<String, T> renamed = new LinkedHashMap<>();
        Set<String> found = new TreeSet<>();
        tensors.forEach((name, tensor) -> {
            List<String> parts = new ArrayList<>(List.of(name.split("\\.", -1)));
            parts.stream().filter(Wrappers.INNER::contains).forEach(found::add);
            parts.removeAll(Wrappers.INNER);
            renamed.put(String.join(".", parts), tensor);
        });
        if (found.isEmpty() || renamed.size() < tensors.size()) {
            return tensors;
        }
        notes.add("left " + String.join(" and ", found) + " out of names");
        return renamed;
    }

    /** The first wrapper in order that some name begins with, if every name begins with a wrapper or is known to be no weight; else null. */
    private static <T> @Nullable String wrapperOf(Map<String, T> tensors, boolean preferAverage) {
        for (String name : tensors.keySet()) {
            String first = firstPart(name);
            boolean wrapped = !first.equals(name) && (Wrappers.WEIGHTS.contains(first) || Wrappers.isAverage(first));
            if (!wrapped && !Wrappers.OTHERS.contains(first)) {
                return null;
            }
        }
        return Wrappers.inOrder(preferAverage).stream()
                .filter(wrapper -> tensors.keySet().stream().anyMatch(name -> name.startsWith(wrapper + ".")))
                .findFirst()
                .orElse(null);
    }

    private static String firstPart(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }
}
