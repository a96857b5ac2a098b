package dev.squall.optim;

import dev.squall.tensor.Tensor;
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
}
