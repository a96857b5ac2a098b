package dev.squall.data.source;

import dev.squall.data.image.Interpolation;
import dev.squall.error.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * How a data set is read where it leaves that open: pictures of any size have to become images of one.
 *
 * @param imageSize the side of the images in pixels; null for images as they are, and pictures as {@code pictureSize} says
 * @param pictureSize the side of images that are made of pictures, if nothing else is said
 * @param crop the part of a picture's shorter side that is shown in evaluation, from above 0 to 1
 * @param interpolation how pictures are resized
 * @param validationSplit the part of each class that is measured with, if the data set has no images set apart for that; in (0, 1)
 * @param seed decides which part that is
 * @param cacheBytes how much memory decoded pictures may be kept in, so that they need not be decoded in each epoch
 */
public record DataOptions(
        @Nullable Integer imageSize,
        int pictureSize,
        double crop,
        Interpolation interpolation,
        double validationSplit,
        long seed,
        long cacheBytes) {
    /** As TResNet was trained and measured: the middle 224 of 256 pixels. A fifth is measured with; a quarter of the heap is cache. */
    public static final DataOptions DEFAULT = new DataOptions(
            null,
            224,
            0.875,
            Interpolation.BILINEAR,
            0.2,
            1,
            Runtime.getRuntime().maxMemory() / 4);

    /** The largest image that makes sense: 16 times as many pixels as the largest networks take. */
    private static final int MOST_SIDE = 4096;

    public DataOptions {
        requireSide(imageSize == null ? pictureSize : imageSize);
        requireSide(pictureSize);
        if (!(crop > 0 && crop <= 1)) {
            throw new BadInputException(
                    "the part of a picture that is shown lies above 0 and is at most 1, not " + crop);
        }
        if (!(validationSplit > 0 && validationSplit < 1)) {
            throw new BadInputException(
                    "the part of the images that is measured with lies between 0 and 1, not " + validationSplit);
        }
    }

    private static void requireSide(int side) {
        if (side < 1 || side > MOST_SIDE) {
            throw new BadInputException(
                    "images must be 1 to %d pixels wide and high, not %d".formatted(MOST_SIDE, side));
        }
    }

    /** The side of images that are made of pictures. */
    int side() {
        return imageSize == null ? pictureSize : imageSize;
    }

    /** The same with all images resized to squares of this side; null for what suits the data. */
    public DataOptions withImageSize(@Nullable Integer imageSize) {
        return new DataOptions(imageSize, pictureSize, crop, interpolation, validationSplit, seed, cacheBytes);
    }

    /** The same with images made of pictures this large if nothing else is said. */
    public DataOptions withPictureSize(int pictureSize) {
        return new DataOptions(imageSize, pictureSize, crop, interpolation, validationSplit, seed, cacheBytes);
    }

    /** The same with another part of pictures shown, resized in another way. */
    public DataOptions withCrop(double crop, Interpolation interpolation) {
        return new DataOptions(imageSize, pictureSize, crop, interpolation, validationSplit, seed, cacheBytes);
    }

    /** The same with another part of the images measured with, chosen by {@code seed}. */
    public DataOptions withSplit(double validationSplit, long seed) {
        return new DataOptions(imageSize, pictureSize, crop, interpolation, validationSplit, seed, cacheBytes);
    }

    /** The same with another limit on decoded pictures that are kept. */
    public DataOptions withCacheBytes(long cacheBytes) {
        return new DataOptions(imageSize, pictureSize, crop, interpolation, validationSplit, seed, cacheBytes);
    }
}
