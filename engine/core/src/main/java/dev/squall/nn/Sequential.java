package dev.squall.nn;

import dev.squall.tensor.Tensor;
import java.util.List;

/** Modules in a row, each applied to the result of the one before; the children are called "0", "1" and so on. */
public final class Sequential extends Module {
    private final List<Module> modules;

    /** The given modules, in this order. */
    public Sequential(Module... modules) {
        this(List.of(modules));
    }

    /** The given modules, in this order. */
    public Sequential(List<? extends Module> modules) {
        this.modules = List.copyOf(modules);
        for (int i = 0; i < modules.size(); i++) {
            child(Integer.toString(i), modules.get(i));
        }
    }

    @Override
    protected Tensor compute(Tensor x) {
        return inTurn(modules, x);
    }

    /** Applies each of {@code modules} to the result of the one before, which it lets go, since nothing else reads it. */
    public static Tensor inTurn(Iterable<? extends Module> modules, Tensor x) {
        Tensor current = x;
        for (Module module : modules) {
            Tensor next = module.forward(current);
            if (current != x && current != next) {
                current.close();
            }
            current = next;
        }
        return current;
    }
}
