package dev.squall.data.image;

import dev.squall.data.ImageShape;

/**
 * A picture of any size as its file gave it, upright, from which images of a network's size are made. It keeps the samples
 * as compactly as they were decoded, mostly in bytes. Immutable, and may be read from any thread.
 */
public final class Picture {
    private final Rows rows;
    private final int orientation;
    private final int height;
    private final int width;

    /**
     * @param rows what is stored: the whole picture, or every n-th row and column of it
     * @param height of the picture as it is to be seen; {@code width} likewise
     */
    Picture(Rows rows, int orientation, int height, int width) {
        this.rows = rows;
        this.orientation = orientation;
        this.height = height;
        this.width = width;
    }

    /** An image as a picture. */
    public static Picture of(Image image) {
        return new Picture(
                Rows.of(image),
                Orientation.UPRIGHT,
                image.shape().height(),
                image.shape().width());
    }

    /** Its height in pixels, which may be that of the file and larger than what is kept of it. */
    public int height() {
        return height;
    }

    /** Its width in pixels, likewise. */
    public int width() {
        return width;
    }

    /** 1 for shades of grey, 3 for red, green and blue. */
    public int channels() {
        return rows.channels();
    }

    /** Bytes of memory that it holds. */
    public long bytes() {
        return rows.bytes();
    }

    /** All of it, pixel by pixel, as it is kept. */
    public Image image() {
        ImageShape stored = new ImageShape(rows.channels(), rows.height(), rows.width());
        float[] values = new float[stored.elements()];
        float[] row = new float[stored.channels() * stored.width()];
        for (int y = 0; y < stored.height(); y++) {
            rows.read(y, 0, stored.width(), row);
            for (int c = 0; c < stored.channels(); c++) {
                for (int x = 0; x < stored.width(); x++) {
                    values[(c * stored.height() + y) * stored.width() + x] =
                            row[c * stored.width() + x] / rows.levels();
                }
            }
        }
        return new Image(stored, values).upright(orientation);
    }

    /**
     * Makes a part of it into an image, as if the whole picture were resized and the part then cut out.
     *
     * @param box the part
     * @param target the extents of the image; with other channels than the picture, {@link Image#withChannels} says how
     */
    public Image resample(Box box, ImageShape target, Interpolation interpolation) {
        return resample(box, Box.of(height, width), target, interpolation);
    }

    /** The same as if the part were cut out first and then resized: nothing outside of it counts. */
    public Image resampleAlone(Box box, ImageShape target, Interpolation interpolation) {
        return resample(box, box, target, interpolation);
    }

    private Image resample(Box box, Box reach, ImageShape target, Interpolation interpolation) {
        boolean transposed = Orientation.isTransposed(orientation);
        double across = (double) rows.width() / (transposed ? height : width);
        double down = (double) rows.height() / (transposed ? width : height);
        Box from = box.stored(orientation, height, width).scaled(across, down);
        Box within =
                reach.stored(orientation, height, width).scaled(across, down).outward(rows.height(), rows.width());
        ImageShape stored = transposed
                ? new ImageShape(rows.channels(), target.width(), target.height())
                : new ImageShape(rows.channels(), target.height(), target.width());
        return Resampling.resample(rows, from, within, stored, interpolation, transposed)
                .upright(orientation)
                .withChannels(target.channels());
    }

    /**
     * The middle of it as large as has the proportions of {@code target}: its shorter side, relative to these, becomes
     * {@code target}'s, and what is too much of the longer one is left out. The resized picture has whole numbers of rows and columns,
     * rounded down, as in timm and in the code of TResNet's authors; where it cannot be centred exactly, the place is rounded to an even
     * one of them, as torchvision's Resize and CenterCrop do.
     *
     * @param crop the part of the shorter side that is shown, from above 0 to 1
     */
    public Image fit(ImageShape target, double crop, Interpolation interpolation) {
        long resizedHeight = (long) Math.floor(target.height() / crop);
        long resizedWidth = (long) Math.floor(target.width() / crop);
        boolean tall = height * resizedWidth >= width * resizedHeight;
        if (tall) {
            resizedHeight = height * resizedWidth / width;
        } else {
            resizedWidth = width * resizedHeight / height;
        }
        double top = Math.rint((resizedHeight - target.height()) / 2.0);
        double left = Math.rint((resizedWidth - target.width()) / 2.0);
        Box box = new Box(left, top, left + target.width(), top + target.height())
                .scaled((double) width / resizedWidth, (double) height / resizedHeight);
        return resample(box, target, interpolation);
    }
}
