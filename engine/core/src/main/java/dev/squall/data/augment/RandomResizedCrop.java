package dev.squall.data.augment;

import dev.squall.data.ImageShape;
import dev.squall.data.Transform;
import dev.squall.data.image.Box;
import dev.squall.data.image.Image;
import dev.squall.data.image.Interpolation;
import dev.squall.data.image.Picture;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Shows a random part of a picture, as large as the whole was to be (Szegedy et al. 2014, arXiv:1409.4842, section 6): its
 * area is a random part of the picture's, its width over its height lies in a range around 1, as torchvision chooses both.
 *
 * @param minScale the least part of the area, {@code maxScale} the largest; from above 0 to 1
 * @param maxRatio the largest width over height; the least is its inverse
 */
public record RandomResizedCrop(double minScale, double maxScale, double maxRatio) implements Transform {
    /** The range of areas that ImageNet is trained with. */
    public static final RandomResizedCrop IMAGENET = new RandomResizedCrop(0.08, 1, 4.0 / 3);

    /** For data sets of thousands of pictures, where a twelfth of one often shows nothing of its class. */
    public static final RandomResizedCrop GENTLE = new RandomResizedCrop(0.35, 1, 4.0 / 3);

    private static final int ATTEMPTS = 10;

    public RandomResizedCrop {
        if (!(minScale > 0 && minScale <= maxScale && maxScale <= 1 && maxRatio >= 1)) {
            throw new IllegalArgumentException(
                    "parts of the area lie above 0 and up to 1 and the ratio from 1 on, but got " + minScale + ", "
                            + maxScale + " and " + maxRatio);
        }
    }

    @Override
    public void apply(float[] image, ImageShape shape, RandomGenerator random) {
        Picture whole = Picture.of(new Image(shape, image.clone()));
        Image part = apply(whole, shape, Interpolation.BILINEAR, random);
        System.arraycopy(part.pixels(), 0, image, 0, image.length);
    }

    /** The image of {@code target}'s extents that shows a random part of {@code picture}. */
    public Image apply(Picture picture, ImageShape target, Interpolation interpolation, RandomGenerator random) {
        return picture.resampleAlone(box(picture.height(), picture.width(), random), target, interpolation);
    }

    Box box(int height, int width, RandomGenerator random) {
        double area = (double) height * width;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double part = area * (minScale + (maxScale - minScale) * random.nextDouble());
            double ratio = Math.exp(Math.log(maxRatio) * (2 * random.nextDouble() - 1));
            long w = Math.round(Math.sqrt(part * ratio));
            long h = Math.round(Math.sqrt(part / ratio));
            if (w > 0 && w <= width && h > 0 && h <= height) {
                int top = random.nextInt((int) (height - h + 1));
                int left = random.nextInt((int) (width - w + 1));
                return new Box(left, top, left + w, top + h);
            }
        }
        return middle(height, width);
    }

    /** As much of the middle as has a ratio in the range. */
    private Box middle(int height, int width) {
        double w = Math.max(1, Math.min(width, Math.round(height * maxRatio)));
        double h = Math.max(1, Math.min(height, Math.round(width * maxRatio)));
        double left = Math.floor((width - w) / 2);
        double top = Math.floor((height - h) / 2);
        return new Box(left, top, left + w, top + h);
    }
}
