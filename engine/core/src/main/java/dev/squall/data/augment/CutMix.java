package dev.squall.data.augment;

import dev.squall.data.Batch;
import dev.squall.data.BatchTransform;
import dev.squall.data.ImageShape;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Puts a rectangle of another image of the batch into each image, whose area comes from Beta(alpha, alpha) (Yun et al. 2019,
 * arXiv:1905.04899); labels count by the areas that remain at the border. The other image is that of {@link Mixup}.
 */
public record CutMix(double alpha) implements BatchTransform {
    public CutMix {
        Mixing.requireAlpha(alpha);
    }

    @Override
    public Batch apply(Batch batch, RandomGenerator random) {
        ImageShape shape = batch.shape();
        double side = Math.sqrt(1 - Mixing.share(alpha, random));
        int height = (int) (shape.height() * side);
        int width = (int) (shape.width() * side);
        int centerY = random.nextInt(shape.height());
        int centerX = random.nextInt(shape.width());
        int top = Math.max(0, centerY - height / 2);
        int bottom = Math.min(shape.height(), centerY + height - height / 2);
        int left = Math.max(0, centerX - width / 2);
        int right = Math.min(shape.width(), centerX + width - width / 2);
        float share = 1 - (float) ((bottom - top) * (double) (right - left) / shape.area());
        float[] images = batch.images();
        float[] mixed = images.clone();
        for (int n = 0; n < batch.size(); n++) {
            for (int c = 0; c < shape.channels(); c++) {
                for (int y = top; y < bottom; y++) {
                    int to = ((n * shape.channels() + c) * shape.height() + y) * shape.width();
                    int from = (((batch.size() - 1 - n) * shape.channels() + c) * shape.height() + y) * shape.width();
                    System.arraycopy(images, from + left, mixed, to + left, right - left);
                }
            }
        }
        return new Batch(
                mixed, batch.labels(), batch.indices(), shape, new Batch.Mixed(Mixing.reversed(batch.labels()), share));
    }
}
