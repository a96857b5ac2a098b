package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import org.apache.commons.math3.random.RandomGenerator;

/** Mirrors left and right with the given probability. */
public record HorizontalFlip(double probability) implements Transform {
    public HorizontalFlip {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability lies in [0, 1], but got " + probability);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        if (random.nextDouble() >= probability) {
            return;
        }
        int width = shape.width();
        for (int row = 0; row < image.length; row += width) {
            for (int left = row, right = row + width - 1; left < right; left++, right--) {
                float kept = image[left];
                image[left] = image[right];
                image[right] = kept;
            }
        }
    }
}
