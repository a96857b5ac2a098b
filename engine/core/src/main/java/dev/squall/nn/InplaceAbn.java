package dev.squall.nn;

import static dev.squall.op.InplaceAbn.inplaceAbn;

import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.op.ChannelStatistics;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** In-place activated batch normalisation: the result overwrites the input, and nothing else is kept for the backward pass. */
public final class InplaceAbn extends NormLayer {
    /** With an activation that can be inverted: identity or leaky ReLU. */
    public InplaceAbn(Backend backend, Config config) {
        super(backend, config);
    }

    @Override
    Tensor apply(Tensor x, @Nullable ChannelStatistics batch) {
        Tensor synchronised = synchronised(x, batch);
        if (synchronised != null) {
            return synchronised;
        }
        Config config = config();
        return batch == null
                ? inplaceAbn(x, weight(), bias(), running(), config.epsilon(), config.activation(), isTraining())
                : inplaceAbn(x, weight(), bias(), running(), config.epsilon(), config.activation(), batch);
    }

    @Override
    Norm norm() {
        return Norm.inplaceAbn(config().epsilon(), config().activation());
    }
}
