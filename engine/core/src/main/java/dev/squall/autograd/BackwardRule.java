package dev.squall.autograd;

import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The backward rule of one operation: from the gradient of its output to the gradients of its inputs. */
@FunctionalInterface
public interface BackwardRule {
    /**
     * The gradients of the inputs, in their order; null where an input needs none, and for an input that the operation was called without.
     * Each has its input's shape and role and lies on its backend, which {@link Autograd#backward} checks.
     *
     * @param dy the gradient of the output, of its shape. A rule may write into it (see {@link Autograd#reuse}) and may return it.
     */
    @Nullable
    Tensor[] apply(Tensor dy);
}
