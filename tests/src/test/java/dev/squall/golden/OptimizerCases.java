package dev.squall.golden;

import dev.squall.backend.Backend;
import dev.squall.optim.Adam;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.Optimizer;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Role;
import dev.squall.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** How the cases of optimizers run: a few steps with the file's gradients. */
final class OptimizerCases {
    private static final String NAME = "parameter";

    private OptimizerCases() {}

    static final Map<String, OperationCases.Operation> ALL = Map.of(
            "sgd",
            OptimizerCases::sgd,
            "adam",
            (o, attrs) -> adam(o, attrs, false),
            "adamw",
            (o, attrs) -> adam(o, attrs, true),
            "ema",
            OptimizerCases::average);

    private static Map<String, float[]> sgd(Operands o, JsonNode attrs) {
        Tensor parameter = o.parameter("param");
        Sgd sgd = new Sgd(
                group(parameter, attrs),
                attrs.path("momentum").asFloat(0f),
                attrs.path("nesterov").asBoolean(false));
        return run(sgd, parameter, o, attrs, Map.of("momentum", "state_momentum_buffer"));
    }

    private static Map<String, float[]> adam(Operands o, JsonNode attrs, boolean decoupled) {
        Tensor parameter = o.parameter("param");
        JsonNode betas = attrs.required("betas");
        Adam.Settings settings = new Adam.Settings(
                betas.required(0).asDouble(),
                betas.required(1).asDouble(),
                attrs.required("eps").floatValue(),
                decoupled);
        return run(
                new Adam(group(parameter, attrs), settings),
                parameter,
                o,
                attrs,
                Map.of("mean", "state_exp_avg", "square", "state_exp_avg_sq"));
    }

    private static List<ParameterGroup> group(Tensor parameter, JsonNode attrs) {
        return ParameterGroup.single(
                Map.of(NAME, parameter), attrs.path("weight_decay").asFloat(0f));
    }

    /** @param states from the optimizer's kinds of state to their golden names */
    private static Map<String, float[]> run(
            Optimizer optimizer, Tensor parameter, Operands o, JsonNode attrs, Map<String, String> states) {
        Map<String, float[]> results = new HashMap<>();
        try (optimizer) {
            for (int k = 0; k < attrs.required("steps").asInt(); k++) {
                parameter.setGradient(gradient(parameter, o.values("grad" + k)));
                optimizer.step(attrs.required("lr").floatValue());
                results.put("param_after" + (k + 1), parameter.toArray());
            }
            states.forEach((kind, name) -> {
                Tensor state = optimizer.state().get(kind + "." + NAME);
                if (state != null) {
                    results.put(name, state.toArray());
                }
            });
        }
        return results;
    }

    private static Tensor gradient(Tensor parameter, float[] values) {
        Backend backend = Backend.of(parameter);
        Tensor gradient = Tensor.persistent(backend.allocate(parameter.shape(), Role.PARAMETER));
        gradient.upload(values);
        return gradient;
    }

    private static Map<String, float[]> average(Operands o, JsonNode attrs) {
        Map<String, float[]> results = new HashMap<>();
        Tensor value = o.buffer("ema");
        try (ExponentialMovingAverage average = new ExponentialMovingAverage(
                Map.of(NAME, value), attrs.required("decay").floatValue())) {
            // Beyond its warm-up, which the golden formula does not have.
            average.resumeAt(1_000_000);
            for (int k = 0; o.has("model" + k); k++) {
                value.upload(o.values("model" + k));
                average.update();
                results.put("ema_after" + (k + 1), average.averages().get(NAME).toArray());
            }
        }
        return results;
    }
}
