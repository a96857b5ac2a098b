package dev.squall.tresnet;

import dev.squall.nn.Module;
import dev.squall.tensor.Tensor;
import java.util.Map;

/** Modules in a row as in {@link dev.squall.nn.Sequential}, but with names. */
final class Row extends Module {
    Row(Map<String, Module> modules) {
        modules.forEach(this::child);
    }

    @Override
    protected Tensor compute(Tensor x) {
        Tensor current = x;
        for (Module module : children().values()) {
            Tensor next = module.forward(current);
            if (current != x && current != next) {
                current.close();
            }
            current = next;
        }
        return current;
    }
}
