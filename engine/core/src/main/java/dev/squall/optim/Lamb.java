package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.backend.Update;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Adam's direction, as long for each parameter as its weights are: You et al., "Large Batch Optimization for Deep Learning" (2020),
 * algorithm 2, with the bias correction of Adam:
 *
 * <pre>
 * r = mean / (1 - beta1^t) / (sqrt(square / (1 - beta2^t)) + epsilon) + weightDecay * parameter
 * parameter -= learningRate * |parameter| / |r| * r
 * </pre>
 *
 * with {@code mean} and {@code square} as in {@link Update#adam}. Where one of the norms is 0, and for parameters without weight decay (biases and
 * norms, which often begin at 0), the quotient is 1.
 */
public final class Lamb extends Optimizer {
    private static final String MEAN = "mean";
    private static final String SQUARE = "square";

    private final Settings settings;

    /**
     * The constants.
     *
     * @param beta1 the decay of the mean of gradients
     * @param beta2 the decay of the mean of their squares
     * @param epsilon keeps the quotient finite
     */
    public record Settings(double beta1, double beta2, float epsilon) {
        /** The published ones. */
        public static final Settings STANDARD = new Settings(0.9, 0.999, 1e-6f);

        public Settings {
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0)) {
                throw new IllegalArgumentException("LAMB needs betas in [0, 1) and a positive epsilon, got " + beta1
                        + ", " + beta2 + " and " + epsilon);
            }
        }
    }

    /** With the given settings. */
    public Lamb(List<ParameterGroup> groups, Settings settings) {
        super(groups);
        this.settings = settings;
        makeState(MEAN);
        makeState(SQUARE);
    }

    @Override
    protected String settings() {
        return settings.toString();
    }

    @Override
    protected void update(
            Backend backend,
            List<String> names,
            List<Storage> parameters,
            List<Storage> gradients,
            float learningRate,
            float weightDecay) {
        try (Scope _ = Scope.open()) {
            List<Storage> directions = parameters.stream()
                    .map(parameter -> zeros(backend, parameter.shape()))
                    .toList();
            // From 0, a step of Adam with rate 1 and without decay ends at minus its direction.
            Update.Adam adam =
                    new Update.Adam(1, settings.beta1, settings.beta2, settings.epsilon, 0, false, steps() + 1);
            backend.update().adam(directions, gradients, state(MEAN, names), state(SQUARE, names), adam);
            for (int i = 0; i < parameters.size(); i++) {
                step(backend, parameters.get(i), directions.get(i), learningRate, weightDecay);
            }
        }
    }

    /** @param r minus the direction without decay; overwritten */
    private static void step(Backend backend, Storage parameter, Storage r, float learningRate, float weightDecay) {
        float ratio = 1;
        if (weightDecay > 0) {
            backend.elementwise().axpby(1, r, -weightDecay, parameter, r);
            double weights = norm(backend, parameter);
            double length = norm(backend, r);
            ratio = weights > 0 && length > 0 ? (float) (weights / length) : 1;
        }
        backend.elementwise().axpby(1, parameter, learningRate * ratio, r, parameter);
    }

    private static double norm(Backend backend, Storage values) {
        Tensor sum = Tensor.of(backend.allocate(Shape.SCALAR, Role.PARAMETER));
        backend.reduction().dot(values, values, sum.storage());
        return Math.sqrt(sum.item());
    }

    private static Storage zeros(Backend backend, Shape shape) {
        Tensor tensor = Tensor.of(backend.allocate(shape, Role.PARAMETER));
        backend.fill(tensor.storage(), 0);
        return tensor.storage();
    }
}
