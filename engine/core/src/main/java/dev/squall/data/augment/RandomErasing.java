package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Replaces a random rectangle by noise, with the given probability (Zhong et al. 2017, arXiv:1708.04896): its area is 0.02 to
 * 0.33 of the image's, its height over its width 0.3 to 3.3.
 */
public record RandomErasing(double probability) implements Transform {
    private static final double LEAST_AREA = 0.02;
    private static final double MOST_AREA = 0.33;
    private static final double MOST_RATIO = 1 / 0.3;
    private static final int ATTEMPTS = 10;

    public RandomErasing {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability lies in [0, 1], but got " + probability);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        if (random.nextDouble() >= probability) {
            return;
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double area = shape.area() * (LEAST_AREA + (MOST_AREA - LEAST_AREA) * random.nextDouble());
            double ratio = Math.exp(Math.log(MOST_RATIO) * (2 * random.nextDouble() - 1));
            int height = (int) Math.round(Math.sqrt(area * ratio));
            int width = (int) Math.round(Math.sqrt(area / ratio));
            if (height > 0 && height < shape.height() && width > 0 && width < shape.width()) {
                int top = random.nextInt(shape.height() - height + 1);
                int left = random.nextInt(shape.width() - width + 1);
                erase(image, shape, top, left, height, width, random);
                return;
            }
        }
    }

    private static void erase(
            float[] image, ImageShape shape, int top, int left, int height, int width, RandomGenerator random) {
        for (int c = 0; c < shape.channels(); c++) {
            for (int y = top; y < top + height; y++) {
                int row = (c * shape.height() + y) * shape.width();
                for (int x = left; x < left + width; x++) {
                    image[row + x] = random.nextFloat();
                }
            }
        }
    }
}
