package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import java.util.List;

/** Stochastic gradient descent with momentum, as in PyTorch; {@link Update#sgd} has the formula. */
public final class Sgd extends Optimizer {
    private static final String MOMENTUM = "momentum";

    private final float momentum;
    private final boolean nesterov;

    /**
     * SGD with or without momentum.
     *
     * @param momentum in [0, 1); 0 for none
     * @param nesterov whether to look ahead by one step of momentum: Sutskever et al., "On the importance of initialization and momentum"
     */
    public Sgd(List<ParameterGroup> groups, float momentum, boolean nesterov) {
        super(groups);
        if (!(momentum >= 0 && momentum < 1) || (nesterov && momentum == 0)) {
            throw new IllegalArgumentException(
                    "momentum must lie in [0, 1), and above 0 for Nesterov's form, got " + momentum);
        }
        this.momentum = momentum;
        this.nesterov = nesterov;
        if (momentum > 0) {
            makeState(MOMENTUM);
        }
    }

    @Override
    protected String settings() {
        return "momentum=" + momentum + " nesterov=" + nesterov;
    }

    @Override
    protected void update(
            Backend backend,
            List<String> names,
            List<Storage> parameters,
            List<Storage> gradients,
            float learningRate,
            float weightDecay) {
        // Buffers begin at zero, for which the rule of later steps gives what the rule of the first step would.
        Update.Sgd settings = new Update.Sgd(learningRate, momentum, weightDecay, nesterov, false);
        backend.update().sgd(parameters, gradients, state(MOMENTUM, names), settings);
    }
}
