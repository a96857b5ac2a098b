package dev.squall.nn;

import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Modules in a row, each applied to the result of the one before; the children are called "0", "1" and so on. */
public final class Sequential extends Module {
    private final List<Module> modules;

    /** The given modules, in this order. */
    public Sequential(Module... modules) {
        this(Arrays.asList(modules));
    }

    /** The given modules, in this order. */
    public Sequential(List<? extends Module> modules) {
        for (int i = 0; i < modules.size(); i++) {
            child(Integer.toString(i), modules.get(i));
        }
        this.modules = List.copyOf(modules);
    }

    @Override
    protected Tensor compute(Tensor x) {
        return inTurn(modules, x);
    }

    @Override
    public Tensor forwardInPlace(Tensor x) {
        return run(x, images -> inTurn(modules, images, true));
    }

    /** Applies each of {@code modules} to the result of the one before, which it lets go or overwrites, since nothing else reads it. */
    public static Tensor inTurn(Iterable<? extends Module> modules, Tensor x) {
        return inTurn(modules, x, false);
    }

    /** @param inPlace whether {@code x} may be overwritten too */
    private static Tensor inTurn(Iterable<? extends Module> modules, Tensor x, boolean inPlace) {
        Tensor current = x;
        for (Module module : modules) {
            Tensor next = current == x && !inPlace ? module.forward(current) : module.forwardInPlace(current);
            if (current != x && current != next) {
                current.close();
            }
            current = next;
        }
        return current;
    }
}
