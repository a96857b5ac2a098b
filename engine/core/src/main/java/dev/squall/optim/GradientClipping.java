package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** Limits the length of a gradient step. */
public final class GradientClipping {
    /** Keeps the quotient finite, as PyTorch's {@code clip_grad_norm_} does. */
    private static final float EPSILON = 1e-6f;

    private GradientClipping() {}

    /**
     * Scales all gradients by {@code maxNorm / norm} if {@code norm}, the Euclidean norm of all of them as one vector, is larger: Pascanu
     * et al., "On the difficulty of training recurrent neural networks" (2013).
     *
     * @return the norm before
     */
    public static float byGlobalNorm(Collection<Tensor> parameters, float maxNorm) {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("the largest gradient norm must be above 0, got " + maxNorm);
        }
        List<Storage> gradients = parameters.stream()
                .map(Tensor::gradient)
                .filter(Objects::nonNull)
                .map(Tensor::storage)
                .toList();
        if (gradients.isEmpty()) {
            return 0;
        }
        float norm = (float) Math.sqrt(sumOfSquares(gradients));
        float factor = maxNorm / (norm + EPSILON);
        if (factor < 1) {
            for (Storage gradient : gradients) {
                gradient.overwrite("gradient clipping");
                ((Backend) gradient.memory()).elementwise().scale(factor, gradient, gradient);
            }
        }
        return norm;
    }

    private static float sumOfSquares(List<Storage> gradients) {
        Backend backend = (Backend) gradients.getFirst().memory();
        try (Scope _ = Scope.open()) {
            Tensor sum = Tensor.of(backend.allocate(Shape.SCALAR, Role.PARAMETER));
            Tensor term = Tensor.of(backend.allocate(Shape.SCALAR, Role.PARAMETER));
            backend.fill(sum.storage(), 0f);
            for (Storage gradient : gradients) {
                backend.reduction().dot(gradient, gradient, term.storage());
                backend.accumulate(term.storage(), sum.storage());
            }
            return sum.item();
        }
    }
}
