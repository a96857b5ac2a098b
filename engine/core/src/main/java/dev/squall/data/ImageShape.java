package dev.squall.data;

/** The extents of one image, in CHW order. */
public record ImageShape(int channels, int height, int width) {
    public ImageShape {
        if (channels < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException("an image needs at least one channel, row and column, but got "
                    + channels + "x" + height + "x" + width);
        }
    }

    /** Number of values in one channel. */
    public int area() {
        return Math.multiplyExact(height, width);
    }

    /** Number of values in the image. */
    public int elements() {
        return Math.multiplyExact(channels, area());
    }

    /** Such as {@code 3x32x32}. */
    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
