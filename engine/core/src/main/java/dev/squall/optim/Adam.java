package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import java.util.List;

/**
 * Adam, or AdamW if the weight decay is decoupled from the gradient; {@link Update#adam} has the formula and the sources.
 */
public final class Adam extends Optimizer {
    private static final String MEAN = "mean";
    private static final String SQUARE = "square";

    private final Settings settings;

    /**
     * What the two forms have in common.
     *
     * @param beta1 the decay of the mean of gradients
     * @param beta2 the decay of the mean of their squares
     * @param epsilon keeps the quotient finite
     * @param decoupled AdamW: decay shrinks the parameter itself instead of adding to its gradient
     */
    public record Settings(double beta1, double beta2, float epsilon, boolean decoupled) {
        /** Adam with the published constants. */
        public static final Settings ADAM = new Settings(0.9, 0.999, 1e-8f, false);

        /** AdamW with the published constants. */
        public static final Settings ADAM_W = new Settings(0.9, 0.999, 1e-8f, true);

        public Settings {
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0)) {
                throw new IllegalArgumentException("Adam needs betas in [0, 1) and a positive epsilon, got " + beta1
                        + ", " + beta2 + " and " + epsilon);
            }
        }
    }

    /** With the given settings. */
    public Adam(List<ParameterGroup> groups, Settings settings) {
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
        backend.update()
                .adam(
                        parameters,
                        gradients,
                        state(MEAN, names),
                        state(SQUARE, names),
                        new Update.Adam(
                                learningRate,
                                settings.beta1,
                                settings.beta2,
                                settings.epsilon,
                                weightDecay,
                                settings.decoupled,
                                steps() + 1));
    }
}
