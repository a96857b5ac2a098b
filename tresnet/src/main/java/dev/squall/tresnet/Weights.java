package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts tensors from a file into a network and out of it, under official names or timm's. A prefix before all names of the network is ignored, and so are the constant
 * filters of the blurs.
 */
public final class Weights {
    /** Inplace-ABN scales by |weight| + EPSILON. */
    private static final float EPSILON = 1e-5f;

    private static final String BLUR_FILTER = ".op.filt";

    private Weights() {}

    /**
     * Fills the whole state of {@code network}, or none of it if something does not fit.
     *
     * @param stored by name
     * @param storedNorm the norm of the network that was stored under official names; what comes from timm has batch norm
     * @param source what the tensors come from, for messages
     * @throws BadInputException if tensors are missing, left over or of another shape (names the first few), or if a scale is negative, which
     *     an Inplace-ABN cannot have
     */
    public static void load(Module network, Map<String, HostTensor> stored, NormKind storedNorm, String source) {
        StateDict.load(network, renamed(network, stored, storedNorm, source), source);
    }

    /** The tensors under our names, with scales as the norm of {@code network} wants them. */
    static Map<String, HostTensor> renamed(
            Module network, Map<String, HostTensor> stored, NormKind storedNorm, String source) {
        Map<String, HostTensor> tensors = withoutPrefix(network, stored, source);
        if (!(network instanceof TResNet tresnet)) {
            return tensors;
        }
        boolean timm = isTimms(tensors);
        NormKind from = timm ? NormKind.BATCHNORM : storedNorm;
        NormKind to = tresnet.config().norm();
        Map<String, String> names = (timm ? Naming.TIMM : Naming.OFFICIAL).ofState(network);
        Map<String, HostTensor> state = new LinkedHashMap<>();
        tensors.forEach((storedName, tensor) -> {
            String name = names.getOrDefault(storedName, storedName);
            boolean converted = from != to && TimmNames.isNormWeight(name);
            state.put(name, converted ? sameScale(tensor, to, storedName, source) : tensor);
        });
        return state;
    }

    /**
     * The state of {@code network} as {@code naming} has it in files; under timm's names the scales of an Inplace-ABN are those of a batch norm.
     */
    public static Map<String, HostTensor> stored(Module network, Naming naming) {
        Map<String, HostTensor> state = StateDict.of(network);
        boolean scaled = naming == Naming.TIMM
                && network instanceof TResNet tresnet
                && tresnet.config().norm() == NormKind.INPLACE;
        Map<String, HostTensor> stored = new LinkedHashMap<>();
        naming.ofState(network).forEach((there, here) -> {
            HostTensor tensor = Objects.requireNonNull(state.get(here), here);
            stored.put(
                    there,
                    scaled && TimmNames.isNormWeight(here)
                            ? sameScale(tensor, NormKind.BATCHNORM, here, "the network")
                            : tensor);
        });
        return stored;
    }

    /**
     * What is in a file, as another norm and under {@code naming}.
     *
     * @param norm the norm to convert to; null for the one that the weights have
     * @param folds whether to take the norms into the convolutions
     * @throws BadInputException if the weights do not fit their network, or cannot be converted so
     */
    public static Map<String, HostTensor> converted(
            StoredNetwork source, @Nullable NormKind norm, boolean folds, Naming naming) {
        ModelCard card = norm == null ? source.card() : source.card().withNorm(norm);
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Module network = source.build(backend, card)) {
            if (folds && !card.folded()) {
                ConvAbn.foldNorms(network);
            }
            return stored(network, naming);
        }
    }

    /** Whether these tensors of a TResNet are named as in timm. */
    public static boolean isTimms(Map<String, HostTensor> tensors) {
        return tensors.keySet().stream().anyMatch(TimmNames::isThere);
    }

    /** Whether these tensors of a TResNet only fit one with batch norms: timm's, with a scale below 0, which no Inplace-ABN has. */
    static boolean needBatchNorm(Map<String, HostTensor> tensors) {
        return tensors.entrySet().stream()
                .filter(entry -> TimmNames.isNormWeightThere(entry.getKey()))
                .anyMatch(entry -> {
                    for (float scale : entry.getValue().floats()) {
                        if (scale < 0) {
                            return true;
                        }
                    }
                    return false;
                });
    }

    /** Without the blurs' filters, and without what stands before the names of the network, if something stands before all of them. */
    private static Map<String, HostTensor> withoutPrefix(
            Module network, Map<String, HostTensor> stored, String source) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored);
        tensors.keySet().removeIf(name -> name.endsWith(BLUR_FILTER));
        for (Naming naming : Naming.values()) {
            Set<String> names = naming.ofState(network).keySet();
            String last = network.parameters().keySet().stream().reduce("", (a, b) -> b);
            List<String> prefixes = tensors.keySet().stream()
                    .filter(name -> name.equals(last) || name.endsWith("." + last))
                    .map(name -> name.substring(0, name.length() - last.length()))
                    .filter(prefix -> names.stream()
                                    .filter(name -> tensors.containsKey(prefix + name))
                                    .count()
                            > names.size() / 2)
                    .toList();
            if (prefixes.size() > 1) {
                throw new BadInputException(source + " holds the network several times, with '"
                        + String.join("', '", prefixes)
                        + "' before its names, and which is meant is not known; store one of them alone");
            }
            String prefix = prefixes.isEmpty() ? "" : prefixes.getFirst();
            if (!prefix.isEmpty()) {
                Map<String, HostTensor> inner = new LinkedHashMap<>();
                tensors.forEach((name, tensor) -> {
                    if (name.startsWith(prefix)) {
                        inner.put(name.substring(prefix.length()), tensor);
                    }
                });
                return inner;
            }
        }
        return tensors;
    }

    /** The weights of the other kind of norm that scale in the same way. */
    private static HostTensor sameScale(HostTensor tensor, NormKind to, String name, String source) {
        float[] weights = tensor.floats();
        for (int i = 0; i < weights.length; i++) {
            if (to == NormKind.BATCHNORM) {
                weights[i] = Math.abs(weights[i]) + EPSILON;
            } else if (weights[i] < 0) {
                throw new BadInputException(source + " has a negative scale in " + name
                        + ", which an Inplace-ABN cannot have; load it into a network with batch norm");
            } else {
                weights[i] = Math.max(weights[i] - EPSILON, 0f);
            }
        }
        return HostTensor.ofFloats(weights, tensor.shape());
    }
}
