package dev.squall.io.weights;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Under which names programs store a network's weights within a checkpoint. */
final class Wrappers {
    /** Moving averages of the weights, which evaluate better than the weights themselves. */
    static final List<String> AVERAGES = List.of(
            "state_dict_ema",
            "model_ema",
            "model_ema_state_dict",
            "ema_state_dict",
            "ema_model",
            "ema",
            "params_ema",
            "average",
            "averaged_model",
            "swa_model");

    /** The weights; also what wrappers of modules put before every name. */
    static final List<String> WEIGHTS = List.of(
            "state_dict",
            "model_state_dict",
            "model_state",
            "model",
            "module",
            "_orig_mod",
            "net",
            "network",
            "params",
            "weights",
            "backbone",
            "base_model",
            "encoder",
            "_module",
            "_forward_module",
            "_fsdp_wrapped_module");

    /** Those that programs also put around a part of a network, so that they stand amid its names. */
    static final Set<String> INNER = Set.of("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module");

    /** What stands beside the weights in a checkpoint and is none. */
    static final Set<String> OTHERS = Set.of(
            "optimizer",
            "optimizer_state_dict",
            "lr_scheduler",
            "scheduler",
            "amp_scaler",
            "scaler",
            "n_averaged",
            "epoch",
            "step",
            "steps",
            "rng",
            "criterion",
            "loss");

    private Wrappers() {}

    /** In the order in which to look. */
    static List<String> inOrder(boolean preferAverage) {
        return preferAverage ? concat(AVERAGES, WEIGHTS) : WEIGHTS;
    }

    static boolean isAverage(String name) {
        return AVERAGES.contains(name);
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
