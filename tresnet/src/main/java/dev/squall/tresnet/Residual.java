package dev.squall.tresnet;

import static dev.squall.op.AddRelu.addRelu;

import dev.squall.nn.ConvAbn;
import dev.squall.nn.DropPath;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** How a residual block ends: in as few operations as what it consists of allows. */
final class Residual {
    private Residual() {}

    /** Leaves the branch out with the given probability; null where that is 0. */
    static @Nullable DropPath dropPath(double probability) {
        return probability > 0 ? new DropPath((float) probability) : null;
    }

    /**
     * {@code relu(dropPath(se(last(x))) + shortcut)}.
     *
     * @param se null for a block without squeeze-and-excitation at its end
     * @param dropPath null for a block that is never left out
     * @param inPlace whether {@code shortcut} may be overwritten
     */
    static Tensor end(
            Tensor x,
            ConvAbn last,
            @Nullable SqueezeExcitation se,
            @Nullable DropPath dropPath,
            Tensor shortcut,
            boolean inPlace) {
        if (dropPath != null && dropPath.isActive()) {
            Tensor branch = last.forward(x);
            return addRelu(dropPath.forward(se == null ? branch : se.forward(branch)), shortcut);
        }
        if (se != null) {
            return se.forwardAddRelu(last.forward(x), shortcut);
        }
        return inPlace ? last.forwardAddReluInPlace(x, shortcut) : last.forwardAddRelu(x, shortcut);
    }
}
