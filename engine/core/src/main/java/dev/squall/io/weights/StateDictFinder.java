package dev.squall.io.weights;

import dev.squall.error.Plural;
import dev.squall.io.torch.PickleException;
import dev.squall.io.torch.Placeholder;
import dev.squall.io.torch.TorchTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the weights of a network in whatever objects a checkpoint holds: a state dict, one within others, or a whole module. */
final class StateDictFinder {
    /** Wrappers are nested two or three deep; a file of a million levels is an attack. */
    private static final int DEEPEST = 32;

    /** Modules that hold each other twice would be two to the power of their depth. */
    private static final int MOST_MODULES = 100_000;

    private final boolean preferAverage;
    private final List<String> notes;
    private final List<String> several = new ArrayList<>();
    private final Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());

    private int modules;

    /** @param notes gets a sentence for each thing that was looked through or left out */
    StateDictFinder(boolean preferAverage, List<String> notes) {
        this.preferAverage = preferAverage;
        this.notes = notes;
    }

    /** The tensors by name, or null if there are none. */
    @Nullable
    Map<String, TorchTensor> find(@Nullable Object value) throws PickleException {
        return find(value, 0);
    }

    /** After nothing was found: under which names there was something, none of which is known to be what is meant. */
    List<String> several() {
        return several;
    }

    private @Nullable Map<String, TorchTensor> find(@Nullable Object value, int depth) throws PickleException {
        if (value == null || depth > DEEPEST || !visited.add(value)) {
            return null;
        }
        return switch (value) {
            case Map<?, ?> map -> inMap(map, depth);
            case Placeholder module when modulePart(module, "_modules") != null -> ofModule(module);
            case Placeholder placeholder when !placeholder.items().isEmpty() -> inMap(placeholder.items(), depth);
            case Placeholder placeholder -> find(placeholder.state(), depth + 1);
            case List<?> list -> inList(list, depth);
            default -> null;
        };
    }

    private @Nullable Map<String, TorchTensor> inMap(Map<?, ?> map, int depth) throws PickleException {
        for (String wrapper : Wrappers.inOrder(preferAverage)) {
            Object wrapped = map.get(wrapper);
            Map<String, TorchTensor> found = wrapped instanceof TorchTensor ? null : find(wrapped, depth + 1);
            if (found != null) {
                notes.add("took the weights under '" + wrapper + "'"
                        + (Wrappers.isAverage(wrapper) ? ", a moving average" : ""));
                return found;
            }
        }
        Map<String, TorchTensor> tensors = new LinkedHashMap<>();
        int others = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() instanceof String name && entry.getValue() instanceof TorchTensor tensor) {
                tensors.put(name, tensor);
            } else {
                others++;
            }
        }
        if (!tensors.isEmpty()) {
            if (others > 0) {
                notes.add("left out " + Plural.of(others, "entry") + (others == 1 ? " that is" : " that are")
                        + " no tensor among the weights");
            }
            return tensors;
        }
        return onlyOneIn(map, depth);
    }

    /** Under a name that nobody knows, if there is only one such. */
    private @Nullable Map<String, TorchTensor> onlyOneIn(Map<?, ?> map, int depth) throws PickleException {
        Map<String, TorchTensor> only = null;
        List<String> names = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() instanceof String name && !Wrappers.OTHERS.contains(name) && !Wrappers.isAverage(name)) {
                Map<String, TorchTensor> found = find(entry.getValue(), depth + 1);
                if (found != null) {
                    only = found;
                    names.add(name);
                }
            }
        }
        if (names.size() > 1) {
            several.addAll(names);
            return null;
        } else if (only != null) {
            notes.add("took the weights under '" + names.getFirst() + "'");
        }
        return only;
    }

    private @Nullable Map<String, TorchTensor> inList(List<?> list, int depth) throws PickleException {
        for (Object element : list) {
            Map<String, TorchTensor> found = find(element, depth + 1);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** What {@code state_dict()} of a module would give that was saved as a whole. */
    private Map<String, TorchTensor> ofModule(Placeholder module) throws PickleException {
        Map<String, TorchTensor> tensors = new LinkedHashMap<>();
        addModule(module, "", tensors, 0);
        notes.add("took the weights out of a whole module of class " + module.type() + ", whose code was not run");
        return tensors;
    }

    private void addModule(Placeholder module, String prefix, Map<String, TorchTensor> tensors, int depth)
            throws PickleException {
        if (++modules > MOST_MODULES) {
            throw new PickleException("it has more than " + MOST_MODULES + " modules, many of them again and again");
        }
        for (String part : List.of("_parameters", "_buffers")) {
            Map<?, ?> own = modulePart(module, part);
            if (own != null) {
                own.forEach((name, value) -> {
                    if (value instanceof TorchTensor tensor && !isTransient(module, name)) {
                        tensors.put(prefix + name, tensor);
                    }
                });
            }
        }
        Map<?, ?> children = modulePart(module, "_modules");
        if (children != null && depth < DEEPEST) {
            for (Map.Entry<?, ?> child : children.entrySet()) {
                if (child.getValue() instanceof Placeholder inner) {
                    addModule(inner, prefix + child.getKey() + ".", tensors, depth + 1);
                }
            }
        }
    }

    /** A buffer that a module does not count as its state. */
    private static boolean isTransient(Placeholder module, @Nullable Object name) {
        return module.state() instanceof Map<?, ?> state
                && state.get("_non_persistent_buffers_set") instanceof List<?> names
                && names.contains(name);
    }

    private static @Nullable Map<?, ?> modulePart(Placeholder module, String part) {
        return module.state() instanceof Map<?, ?> state && state.get(part) instanceof Map<?, ?> map ? map : null;
    }
}
