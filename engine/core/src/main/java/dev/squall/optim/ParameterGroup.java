package dev.squall.optim;

import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters that an optimizer treats alike.
 *
 * @param parameters by full name, in an order that decides nothing
 * @param weightDecay the factor of the penalty on their squares
 * @param learningRateScale what the learning rate of a step is multiplied by
 */
public record ParameterGroup(Map<String, Tensor> parameters, float weightDecay, float learningRateScale) {
    public ParameterGroup {
        if (!(weightDecay >= 0) || !(learningRateScale >= 0)) {
            throw new IllegalArgumentException("weight decay and learning rate must not be negative, got decay "
                    + weightDecay + " and scale " + learningRateScale);
        }
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /** All parameters in one group. */
    public static List<ParameterGroup> single(Map<String, Tensor> parameters, float weightDecay) {
        return List.of(new ParameterGroup(parameters, weightDecay, 1));
    }

    /** Two groups: the weights of convolutions and linear layers with decay; biases and the parameters of norms, all of rank 1, without. */
    public static List<ParameterGroup> withoutDecayOnBiasesAndNorms(Map<String, Tensor> parameters, float weightDecay) {
        Map<String, Tensor> decayed = new LinkedHashMap<>();
        Map<String, Tensor> others = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> (parameter.shape().rank() > 1 ? decayed : others).put(name, parameter));
        return List.of(new ParameterGroup(decayed, weightDecay, 1), new ParameterGroup(others, 0, 1));
    }

    /**
     * The same for each layer, with layer-wise decay of the learning rate (Clark et al., "ELECTRA", 2020, as timm has it for any network): layer i
     * of n, counted from 0 at the input, learns at {@code decay^(n - 1 - i)} times the rate, so the last as fast as without. A layer none of whose
     * parameters are among {@code parameters} counts all the same.
     *
     * @param layers what the names of each layer's parameters begin with, up to a dot; what belongs to none is of the last
     * @param decay in (0, 1]
     */
    public static List<ParameterGroup> withLayerDecay(
            Map<String, Tensor> parameters, List<List<String>> layers, float decay, float weightDecay) {
        if (!(decay > 0 && decay <= 1)) {
            throw new IllegalArgumentException("the decay from layer to layer must lie in (0, 1], got " + decay);
        }
        List<ParameterGroup> groups = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            Map<String, Tensor> own = new LinkedHashMap<>(parameters);
            own.keySet().removeIf(name -> layerOf(name, layers) != layer);
            float scale = (float) Math.pow(decay, layers.size() - 1 - i);
            for (ParameterGroup group : withoutDecayOnBiasesAndNorms(own, weightDecay)) {
                if (!group.parameters.isEmpty()) {
                    groups.add(new ParameterGroup(group.parameters, group.weightDecay, scale));
                }
            }
        }
        return groups;
    }

    private static int layerOf(String name, List<List<String>> layers) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).stream().anyMatch(start -> name.startsWith(start + "."))) {
                return i;
            }
        }
        return layers.size() - 1;
    }
}
