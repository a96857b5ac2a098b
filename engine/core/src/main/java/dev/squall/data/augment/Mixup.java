package dev.squall.data.augment;

import dev.squall.data.Batch;
import dev.squall.data.BatchTransform;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Lays over each image another one of the batch, in shares from Beta(alpha, alpha) (Zhang et al. 2017, arXiv:1710.09412). The
 * batch is shuffled already, so that the other is the one at the same place from its end, as timm has it.
 */
public record Mixup(double alpha) implements BatchTransform {
    public Mixup {
        Mixing.requireAlpha(alpha);
    }

    @Override
    public Batch apply(Batch batch, RandomGenerator random) {
        float share = (float) Mixing.share(alpha, random);
        int elements = batch.shape().elements();
        float[] images = batch.images();
        float[] mixed = new float[images.length];
        for (int n = 0; n < batch.size(); n++) {
            int other = (batch.size() - 1 - n) * elements;
            for (int i = 0; i < elements; i++) {
                mixed[n * elements + i] = share * images[n * elements + i] + (1 - share) * images[other + i];
            }
        }
        return new Batch(
                mixed,
                batch.labels(),
                batch.indices(),
                batch.shape(),
                new Batch.Mixed(Mixing.reversed(batch.labels()), share));
    }
}
