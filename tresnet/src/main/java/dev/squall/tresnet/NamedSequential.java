package dev.squall.tresnet;

import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.tensor.Tensor;
import java.util.Map;

/** Modules in a row as in {@link Sequential}, but with names. */
final class NamedSequential extends Module {
    NamedSequential(Map<String, Module> modules) {
        modules.forEach(this::child);
    }

    @Override
    protected Tensor compute(Tensor x) {
        return Sequential.inTurn(children().values(), x);
    }
}
