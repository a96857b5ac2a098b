package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import java.util.Arrays;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Sets a square of {@code size} pixels a side to zero, in all channels, with the given probability. Its centre is any
 * pixel of the image, so a part of the square may fall outside (DeVries and Taylor 2017, arXiv:1708.04552).
 */
public record Cutout(double probability, int size) implements Transform {
    public Cutout {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability lies in [0, 1], but got " + probability);
        }
        if (size < 1) {
            throw new IllegalArgumentException("the square must be at least 1 pixel wide, but got " + size);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        if (random.nextDouble() >= probability) {
            return;
        }
        int top = random.nextInt(shape.height()) - size / 2;
        int left = random.nextInt(shape.width()) - size / 2;
        int firstColumn = Math.max(0, left);
        int endColumn = Math.min(shape.width(), left + size);
        for (int c = 0; c < shape.channels(); c++) {
            for (int y = Math.max(0, top); y < Math.min(shape.height(), top + size); y++) {
                int row = (c * shape.height() + y) * shape.width();
                Arrays.fill(image, row + firstColumn, row + endColumn, 0f);
            }
        }
    }
}
