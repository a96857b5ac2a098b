package dev.squall.nn;

import static dev.squall.op.BatchNorm.batchNorm;

import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.op.ChannelStatistics;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Batch normalisation and then an activation, which overwrites the normalised values where its gradient allows that. */
public final class BatchNorm extends NormLayer {
    /** With any activation; {@code IDENTITY} for plain batch normalisation. */
    public BatchNorm(Backend backend, Config config) {
        super(backend, config);
    }

    @Override
    Tensor apply(Tensor x, @Nullable ChannelStatistics batch) {
        Tensor y = synchronised(x, batch);
        if (y == null) {
            y = batch == null
                    ? batchNorm(x, weight(), bias(), running(), config().epsilon(), isTraining())
                    : batchNorm(x, weight(), bias(), running(), config().epsilon(), batch);
        }
        return ActivationLayer.activateOwn(y, config().activation());
    }

    @Override
    Norm norm() {
        return Norm.plain(config().epsilon());
    }
}
