package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import java.util.Arrays;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Pads every side with zeros, then cuts a window of the original size out at a random place: a shift by up to
 * {@code padding} pixels in each direction.
 */
public record RandomCrop(int padding) implements Transform {
    public RandomCrop {
        if (padding < 0) {
            throw new IllegalArgumentException("padding must be at least 0, but is " + padding);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        int down = random.nextInt(2 * padding + 1) - padding;
        int right = random.nextInt(2 * padding + 1) - padding;
        if (down == 0 && right == 0) {
            return;
        }
        float[] source = image.clone();
        Arrays.fill(image, 0f);
        int height = shape.height();
        int width = shape.width();
        int columns = width - Math.abs(right);
        if (columns <= 0) {
            return;
        }
        for (int c = 0; c < shape.channels(); c++) {
            for (int y = Math.max(0, down); y < Math.min(height, height + down); y++) {
                int from = (c * height + y - down) * width + Math.max(0, -right);
                int to = (c * height + y) * width + Math.max(0, right);
                System.arraycopy(source, from, image, to, columns);
            }
        }
    }
}
