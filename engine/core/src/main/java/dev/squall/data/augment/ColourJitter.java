package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.util.MathArrays;

/**
 * Changes brightness, contrast, saturation and hue by random amounts in random order, as torchvision's ColorJitter does.
 *
 * @param brightness the factor lies within 1 plus or minus this and is not negative; {@code contrast} and {@code saturation}
 *     likewise
 * @param hue the turn lies within plus or minus this part of the circle; at most 0.5
 */
public record ColourJitter(double brightness, double contrast, double saturation, double hue) implements Transform {
    public ColourJitter {
        if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
            throw new IllegalArgumentException("amounts are not negative, and a hue's is at most 0.5, but got "
                    + brightness + ", " + contrast + ", " + saturation + " and " + hue);
        }
    }

    /** The same amount of the first three, and the hue left as it is. */
    public static ColourJitter of(double amount) {
        return new ColourJitter(amount, amount, amount, 0);
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        int[] order = {0, 1, 2, 3};
        MathArrays.shuffle(order, new MersenneTwister(random.nextInt()));
        float byBrightness = factor(brightness, random);
        float byContrast = factor(contrast, random);
        float bySaturation = factor(saturation, random);
        float turn = (float) (hue * (2 * random.nextDouble() - 1));
        for (int change : order) {
            switch (change) {
                case 0 -> Colours.brightness(image, byBrightness);
                case 1 -> Colours.contrast(image, shape, byContrast);
                case 2 -> Colours.saturation(image, shape, bySaturation);
                default -> {
                    if (hue > 0) {
                        Colours.hue(image, shape, turn);
                    }
                }
            }
        }
    }

    private static float factor(double amount, RandomGenerator random) {
        double least = Math.max(0, 1 - amount);
        return (float) (least + (1 + amount - least) * random.nextDouble());
    }
}
