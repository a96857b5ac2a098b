package dev.squall.data;

import java.util.Collections;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Subtracts a mean and divides by a standard deviation, channel by channel. Not random.
 *
 * @param mean one value per channel, on the scale where white is 1
 * @param std one value per channel, above 0
 */
public record Normalize(List<Float> mean, List<Float> std) implements Transform {
    public Normalize {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.size() != std.size()) {
            throw new IllegalArgumentException(
                    "expected as many standard deviations as means, but got " + std.size() + " and " + mean.size());
        }
        if (std.stream().anyMatch(s -> !(s > 0))) {
            throw new IllegalArgumentException("a standard deviation is above 0, but got " + std);
        }
    }

    /** Leaves images as they are, in [0, 1], which is what TResNet is trained on. */
    public static Normalize identity(int channels) {
        return new Normalize(Collections.nCopies(channels, 0f), Collections.nCopies(channels, 1f));
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        apply(image, shape);
    }

    /** The same without a generator, which it does not need. */
    public void apply(float[] image, ImageShape shape) {
        if (shape.channels() != mean.size()) {
            throw new IllegalArgumentException(
                    "this normalisation is for " + mean.size() + " channels, but the image is " + shape);
        }
        int area = shape.area();
        for (int c = 0; c < shape.channels(); c++) {
            float shift = mean.get(c);
            float scale = 1f / std.get(c);
            for (int i = c * area; i < (c + 1) * area; i++) {
                image[i] = (image[i] - shift) * scale;
            }
        }
    }
}
