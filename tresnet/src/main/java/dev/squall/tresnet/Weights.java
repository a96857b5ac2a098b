package dev.squall.tresnet;

import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts tensors from a file into a network, whether they are named as in the official code or as in timm 1.x. A prefix {@code model.} or
 * {@code module.} is ignored, and so are the constant filters of the blurs.
 */
public final class Weights {
    /** Inplace-ABN scales by |weight| + EPSILON. */
    private static final float EPSILON = 1e-5f;

    private static final List<String> PREFIXES = List.of("module.", "model.");
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
        Map<String, HostTensor> tensors = withoutPrefixes(stored);
        if (!(network instanceof TResNet tresnet)) {
            // The other networks are called here as in timm.
            StateDict.load(network, tensors, source);
            return;
        }
        boolean timm = tensors.keySet().stream().anyMatch(TimmNames::isNormWeightThere);
        NormKind from = timm ? NormKind.BATCHNORM : storedNorm;
        NormKind to = tresnet.config().norm();

        Map<String, String> officialNames = timm ? officialNames(network) : Map.of();
        Map<String, HostTensor> state = new LinkedHashMap<>();
        tensors.forEach((storedName, tensor) -> {
            String name = officialNames.getOrDefault(storedName, storedName);
            boolean converted = from != to && TimmNames.isNormWeight(name);
            state.put(name, converted ? sameScale(tensor, to, storedName, source) : tensor);
        });
        StateDict.load(network, state, source);
    }

    private static Map<String, HostTensor> withoutPrefixes(Map<String, HostTensor> stored) {
        Map<String, HostTensor> tensors = stored;
        for (String prefix : PREFIXES) {
            if (!tensors.isEmpty() && tensors.keySet().stream().allMatch(name -> name.startsWith(prefix))) {
                Map<String, HostTensor> stripped = new LinkedHashMap<>();
                tensors.forEach((name, tensor) -> stripped.put(name.substring(prefix.length()), tensor));
                tensors = stripped;
            }
        }
        Map<String, HostTensor> state = new LinkedHashMap<>(tensors);
        state.keySet().removeIf(name -> name.endsWith(BLUR_FILTER));
        return state;
    }

    private static Map<String, String> officialNames(Module network) {
        Map<String, String> officialNames = new HashMap<>();
        network.parameters().keySet().forEach(name -> officialNames.put(TimmNames.of(name), name));
        network.buffers().keySet().forEach(name -> officialNames.put(TimmNames.of(name), name));
        network.counters().keySet().forEach(name -> officialNames.put(TimmNames.of(name), name));
        return officialNames;
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
