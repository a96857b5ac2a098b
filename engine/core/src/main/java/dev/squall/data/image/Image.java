package dev.squall.data.image;

import dev.squall.data.ImageShape;

/**
 * A picture of any size.
 *
 * @param shape its extents
 * @param pixels CHW values in [0, 1]; not copied
 */
public record Image(ImageShape shape, float[] pixels) {
    /** Weights of red, green and blue in the brightness, ITU-R BT.601, as in JPEG. */
    private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

    public Image {
        if (pixels.length != shape.elements()) {
            throw new IllegalArgumentException(
                    "an image of " + shape + " has " + shape.elements() + " values, but got " + pixels.length);
        }
    }

    /**
     * As grey (1 channel, the brightness) or as colour (3 channels, all alike if it was grey).
     *
     * @throws IllegalArgumentException for another number of channels
     */
    public Image withChannels(int channels) {
        if (channels == shape.channels()) {
            return this;
        }
        int area = shape.area();
        float[] converted = new float[channels * area];
        if (shape.channels() == 1 && channels == 3) {
            for (int c = 0; c < channels; c++) {
                System.arraycopy(pixels, 0, converted, c * area, area);
            }
        } else if (shape.channels() == 3 && channels == 1) {
            for (int i = 0; i < area; i++) {
                converted[i] = LUMA[0] * pixels[i] + LUMA[1] * pixels[area + i] + LUMA[2] * pixels[2 * area + i];
            }
        } else {
            throw new IllegalArgumentException(
                    "an image has 1 or 3 channels, but " + shape.channels() + " were to become " + channels);
        }
        return new Image(new ImageShape(channels, shape.height(), shape.width()), converted);
    }

    /** Stretched or squeezed to exactly this size, with bilinear interpolation; {@link Resampling} says how. */
    public Image resize(int height, int width) {
        if (height == shape.height() && width == shape.width()) {
            return this;
        }
        ImageShape target = new ImageShape(shape.channels(), height, width);
        return Picture.of(this).resample(Box.of(shape.height(), shape.width()), target, Interpolation.BILINEAR);
    }

    /** As large a middle part as has the proportions of {@code target}, with its size and its channels. */
    public Image fit(ImageShape target) {
        return Picture.of(this).fit(target, 1, Interpolation.BILINEAR);
    }

    /**
     * Turned upright.
     *
     * @param orientation what the EXIF tag of that name says, 1 to 8: how stored rows and columns lie in the picture
     */
    Image upright(int orientation) {
        if (orientation <= 1 || orientation > 8) {
            return this;
        }
        boolean transposed = Orientation.isTransposed(orientation);
        boolean bottomUp = Orientation.isBottomUp(orientation);
        boolean rightToLeft = Orientation.isRightToLeft(orientation);
        int rows = shape.height();
        int columns = shape.width();
        ImageShape turned = transposed ? new ImageShape(shape.channels(), columns, rows) : shape;
        float[] values = new float[pixels.length];
        int next = 0;
        for (int c = 0; c < turned.channels(); c++) {
            for (int y = 0; y < turned.height(); y++) {
                for (int x = 0; x < turned.width(); x++) {
                    int row = transposed ? x : y;
                    int column = transposed ? y : x;
                    row = bottomUp ? rows - 1 - row : row;
                    column = rightToLeft ? columns - 1 - column : column;
                    values[next++] = pixels[(c * rows + row) * columns + column];
                }
            }
        }
        return new Image(turned, values);
    }
}
