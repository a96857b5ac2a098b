package dev.squall.io.torch;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes tensors and plain containers of what a checkpoint names, and a placeholder of everything else. */
final class TorchObjects implements Unpickler.Builder {
    /** More than any tensor has. */
    private static final int MOST_DIMENSIONS = 64;

    /** Elements of lists, in all: what published checkpoints copy is below a thousand. */
    private static final long MOST_COPIED = 10_000_000;

    private final StorageFinder storages;
    private final Set<String> unknown = new LinkedHashSet<>();

    /** What the pickles within the pickle hold, since it may name each again and again. */
    private final Map<byte[], Optional<Object>> nested = new IdentityHashMap<>();

    private long copied;

    /** Finds the storages that a pickle refers to. */
    interface StorageFinder {
        /**
         * The storage called {@code key}.
         *
         * @param view which part of it is meant, as old files say it: key, offset and number of elements; null for all
         */
        TorchStorage find(Global storageClass, String key, long elements, @Nullable List<@Nullable Object> view)
                throws PickleException;

        /** The storage that a pickle within the pickle holds. */
        @Nullable
        Object nested(byte[] bytes) throws PickleException;
    }

    TorchObjects(StorageFinder storages) {
        this.storages = storages;
    }

    /** The full names of what became placeholders, in order. */
    Set<String> unknown() {
        return unknown;
    }

    @Override
    public @Nullable Object call(Object callable, List<@Nullable Object> arguments) throws PickleException {
        if (!(callable instanceof Global global)) {
            return placeholder(callable.toString(), arguments);
        }
        return switch (global.full()) {
            case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> tensor(arguments);
            case "torch._utils._rebuild_tensor_v3" -> typedTensor(arguments);
            case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" ->
                arguments.isEmpty() ? null : arguments.getFirst();
            case "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type" -> subclass(arguments);
            case "torch.storage._load_from_bytes" -> nested(arguments);
            case "collections.OrderedDict", "builtins.dict", "__builtin__.dict" -> map(arguments);
            case "collections.defaultdict" -> new LinkedHashMap<Object, @Nullable Object>();
            case "torch.Size",
                    "builtins.list",
                    "builtins.tuple",
                    "builtins.set",
                    "builtins.frozenset",
                    "__builtin__.list",
                    "__builtin__.tuple",
                    "__builtin__.set" -> list(arguments);
            default -> placeholder(global.full(), arguments);
        };
    }

    private Placeholder placeholder(String type, List<@Nullable Object> arguments) {
        Placeholder placeholder = new Placeholder(type, arguments);
        unknown.add(placeholder.type());
        return placeholder;
    }

    /** storage, offset, shape, strides, and more that does not matter. */
    private Object tensor(List<@Nullable Object> arguments) throws PickleException {
        // Of two entries; a large one that many tensors share would be looked through for each.
        if (arguments.size() >= 7
                && arguments.get(6) instanceof Map<?, ?> metadata
                && metadata.values().stream().limit(MOST_DIMENSIONS).anyMatch(Boolean.TRUE::equals)) {
            return placeholder("a tensor that is yet to be negated or conjugated", arguments);
        }
        if (arguments.size() >= 4 && arguments.getFirst() instanceof TorchStorage storage) {
            return new TorchTensor(
                    storage, number(arguments.get(1)), numbers(arguments.get(2)), numbers(arguments.get(3)));
        }
        return placeholder("a tensor without a storage", arguments);
    }

    /** As {@link #tensor}, with the type as the seventh argument, over a storage of bytes. */
    private Object typedTensor(List<@Nullable Object> arguments) throws PickleException {
        if (arguments.size() >= 7
                && arguments.getFirst() instanceof TorchStorage storage
                && arguments.get(6) instanceof Global dtype) {
            return new TorchTensor(
                    storage.as(dtype), number(arguments.get(1)), numbers(arguments.get(2)), numbers(arguments.get(3)));
        }
        return placeholder("a tensor without a storage", arguments);
    }

    /** The function that makes a tensor, the class that it would then become, and the arguments of the function. */
    private @Nullable Object subclass(List<@Nullable Object> arguments) throws PickleException {
        if (arguments.size() >= 3
                && arguments.get(0) instanceof Global function
                && arguments.get(2) instanceof List<?> inner) {
            return call(function, copy(inner));
        }
        return placeholder("a tensor of an unknown kind", arguments);
    }

    private @Nullable Object nested(List<@Nullable Object> arguments) throws PickleException {
        if (arguments.size() == 1 && arguments.getFirst() instanceof byte[] bytes) {
            Optional<Object> known = nested.get(bytes);
            if (known == null) {
                known = Optional.ofNullable(storages.nested(bytes));
                nested.put(bytes, known);
            }
            return known.orElse(null);
        }
        return placeholder("torch.storage._load_from_bytes", arguments);
    }

    /** A dictionary of pairs, which protocols before 2 give as an argument. */
    private Map<Object, @Nullable Object> map(List<@Nullable Object> arguments) throws PickleException {
        Map<Object, @Nullable Object> map = new LinkedHashMap<>();
        if (arguments.size() == 1 && arguments.getFirst() instanceof List<?> pairs) {
            for (Object pair : copy(pairs)) {
                if (pair instanceof List<?> both && both.size() == 2 && both.getFirst() instanceof String key) {
                    map.put(key, both.get(1));
                }
            }
        }
        return map;
    }

    private List<@Nullable Object> list(List<@Nullable Object> arguments) throws PickleException {
        return arguments.size() == 1 && arguments.getFirst() instanceof List<?> elements
                ? copy(elements)
                : new ArrayList<>();
    }

    /** Copying is what lets a few bytes of a pickle stand for much. */
    private List<@Nullable Object> copy(List<?> elements) throws PickleException {
        copied += elements.size();
        if (copied > MOST_COPIED) {
            throw new PickleException("it copies lists again and again, as PyTorch does not");
        }
        return new ArrayList<>(elements);
    }

    /** {@code ("storage", class, key, location, elements)}, in old files with a view; or a class with its source text, which is skipped. */
    @Override
    public @Nullable Object persistent(@Nullable Object id) throws PickleException {
        if (id instanceof List<?> parts && !parts.isEmpty()) {
            if ("module".equals(parts.getFirst()) && parts.size() >= 2) {
                return parts.get(1);
            }
            if ("storage".equals(parts.getFirst())
                    && parts.size() >= 5
                    && parts.get(1) instanceof Global storageClass) {
                List<@Nullable Object> view =
                        parts.size() > 5 && parts.get(5) instanceof List<?> list ? copy(list) : null;
                return storages.find(storageClass, key(parts.get(2)), number(parts.get(4)), view);
            }
        }
        throw new PickleException("it refers to something outside of it in a way that PyTorch does not");
    }

    /** The name of a storage. Lists that hold lists are none: as text they may be endless. */
    static String key(@Nullable Object value) throws PickleException {
        if (value instanceof String || value instanceof Number) {
            return value.toString();
        }
        throw new PickleException("it has no name where a storage needs one");
    }

    static long number(@Nullable Object value) throws PickleException {
        if (value instanceof Long number) {
            return number;
        }
        throw new PickleException("it has no whole number where a tensor needs one");
    }

    private static long[] numbers(@Nullable Object value) throws PickleException {
        if (!(value instanceof List<?> list) || list.size() > MOST_DIMENSIONS) {
            throw new PickleException("it has no shape where a tensor needs one");
        }
        long[] numbers = new long[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(list.get(i));
        }
        return numbers;
    }
}
