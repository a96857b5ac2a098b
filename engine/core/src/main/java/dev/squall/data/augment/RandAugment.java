package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * A few changes in a row, each chosen at random from fourteen and all equally strong (Cubuk et al. 2019, arXiv:1909.13719);
 * their ranges are torchvision's. Geometry is interpolated bilinearly and measured from the middle.
 *
 * @param changes how many in a row
 * @param magnitude how strong, from 0 to 30
 */
public record RandAugment(int changes, int magnitude) implements Transform {
    /** As most recipes have it. */
    public static final RandAugment USUAL = new RandAugment(2, 9);

    /** The largest magnitude. */
    public static final int STRONGEST = 30;

    private static final double LARGEST_SHEAR = 0.3;

    /** In the article's experiments: 150 of 331 pixels. */
    private static final double LARGEST_SHIFT = 150.0 / 331;

    private static final double LARGEST_TURN = Math.toRadians(30);
    private static final double LARGEST_FACTOR = 0.9;
    private static final int FEWEST_BITS = 4;

    private enum Change {
        IDENTITY,
        SHEAR_X,
        SHEAR_Y,
        TRANSLATE_X,
        TRANSLATE_Y,
        ROTATE,
        BRIGHTNESS,
        COLOUR,
        CONTRAST,
        SHARPNESS,
        POSTERIZE,
        SOLARIZE,
        AUTO_CONTRAST,
        EQUALIZE
    }

    public RandAugment {
        if (changes < 1 || magnitude < 0 || magnitude > STRONGEST) {
            throw new IllegalArgumentException("one change or more and a magnitude from 0 to " + STRONGEST
                    + " were expected, but got " + changes + " and " + magnitude);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        for (int i = 0; i < changes; i++) {
            Change change = Change.values()[random.nextInt(Change.values().length)];
            apply(change, image, shape, random.nextBoolean() ? 1 : -1);
        }
    }

    private void apply(Change change, float[] image, ImageShape shape, int sign) {
        double strength = (double) magnitude / STRONGEST;
        float factor = (float) (1 + sign * LARGEST_FACTOR * strength);
        switch (change) {
            case IDENTITY -> {}
            case SHEAR_X -> Affine.shearX(sign * LARGEST_SHEAR * strength).apply(image, shape);
            case SHEAR_Y -> Affine.shearY(sign * LARGEST_SHEAR * strength).apply(image, shape);
            case TRANSLATE_X ->
                Affine.translate(sign * LARGEST_SHIFT * strength * shape.width(), 0)
                        .apply(image, shape);
            case TRANSLATE_Y ->
                Affine.translate(0, sign * LARGEST_SHIFT * strength * shape.height())
                        .apply(image, shape);
            case ROTATE -> Affine.rotate(sign * LARGEST_TURN * strength).apply(image, shape);
            case BRIGHTNESS -> Colours.brightness(image, factor);
            case COLOUR -> Colours.saturation(image, shape, factor);
            case CONTRAST -> Colours.contrast(image, shape, factor);
            case SHARPNESS -> Colours.sharpness(image, shape, factor);
            case POSTERIZE -> Colours.posterize(image, 8 - (int) Math.round(FEWEST_BITS * strength));
            case SOLARIZE -> Colours.solarize(image, (float) (1 - strength));
            case AUTO_CONTRAST -> Colours.autoContrast(image, shape);
            case EQUALIZE -> Colours.equalize(image, shape);
        }
    }
}
