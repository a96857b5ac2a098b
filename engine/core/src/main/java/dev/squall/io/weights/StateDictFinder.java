package dev.squall.io.weights;

import dev.squall.error.Excerpt;
import dev.squall.error.Plural;
import dev.squall.io.torch.PickleException;
import dev.squall.io.torch.Placeholder;
import dev.squall.io.torch.TorchTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
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

    /** Entries of modules that are looked at: modules that hold each other twice would be two to the power of their depth. */
    private static final int MOST_ENTRIES = 1_000_000;

    /** Letters of the names of a module's tensors in all: each name begins with those of all modules around it. */
    private static final int MOST_LETTERS = 32 << 20;

    /** Letters that take about as much memory as an entry without a name. */
    private static final int ENTRY_LETTERS = 64;

    private final boolean preferAverage;
    private final List<String> notes;
    private final List<String> several = new ArrayList<>();
    private final Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());

    private long entries;
    private long letters;

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
            case Placeholder module when isModule(module) -> ofModule(module);
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
            notes.add("took the weights under '" + Excerpt.of(names.getFirst()) + "'");
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
        look(1, 0);
        Set<String> transients = transients(module);
        for (String part : List.of("_parameters", "_buffers")) {
            for (Map.Entry<?, ?> own : modulePart(module, part).entrySet()) {
                look(1, 0);
                if (own.getKey() instanceof String name
                        && own.getValue() instanceof TorchTensor tensor
                        && !transients.contains(name)) {
                    look(0, (long) prefix.length() + name.length() + ENTRY_LETTERS);
                    tensors.put(prefix + name, tensor);
                }
            }
        }
        if (depth == DEEPEST) {
            return;
        }
        for (Map.Entry<?, ?> child : modulePart(module, "_modules").entrySet()) {
            look(1, 0);
            if (child.getKey() instanceof String name && child.getValue() instanceof Placeholder inner) {
                look(0, (long) prefix.length() + name.length());
                addModule(inner, prefix + name + ".", tensors, depth + 1);
            }
        }
    }

    private void look(int moreEntries, long moreLetters) throws PickleException {
        entries += moreEntries;
        letters += moreLetters;
        if (entries > MOST_ENTRIES || letters > MOST_LETTERS) {
            throw new PickleException(
                    "it is a module that holds others again and again; save what its state_dict() gives");
        }
    }

    /** The buffers that a module does not count as its state. */
    private Set<String> transients(Placeholder module) throws PickleException {
        Set<String> transients = new HashSet<>();
        if (module.state() instanceof Map<?, ?> state
                && state.get("_non_persistent_buffers_set") instanceof List<?> names) {
            look(names.size(), 0);
            for (Object each : names) {
                if (each instanceof String name) {
                    transients.add(name);
                }
            }
        }
        return transients;
    }

    private static boolean isModule(Placeholder object) {
        return object.state() instanceof Map<?, ?> state && state.get("_modules") instanceof Map<?, ?>;
    }

    private static Map<?, ?> modulePart(Placeholder module, String part) {
        return module.state() instanceof Map<?, ?> state && state.get(part) instanceof Map<?, ?> map ? map : Map.of();
    }
}
