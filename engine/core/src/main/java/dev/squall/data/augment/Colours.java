package dev.squall.data.augment;

import dev.squall.data.ImageShape;

/** Changes of the values of an image, CHW in [0, 1], as Pillow's ImageEnhance and ImageOps make them. */
final class Colours {
    private static final float RED = 0.299f;
    private static final float GREEN = 0.587f;
    private static final float BLUE = 0.114f;

    private static final int LEVELS = 256;

    private Colours() {}

    static void brightness(float[] image, float factor) {
        for (int i = 0; i < image.length; i++) {
            image[i] = clamped(factor * image[i]);
        }
    }

    /** Between the mean of the image's brightness (factor 0) and the image (1), and beyond. */
    static void contrast(float[] image, ImageShape shape, float factor) {
        double sum = 0;
        for (int i = 0; i < shape.area(); i++) {
            sum += grey(image, shape, i);
        }
        float mean = (float) (sum / shape.area());
        for (int i = 0; i < image.length; i++) {
            image[i] = clamped(mean + factor * (image[i] - mean));
        }
    }

    /** Between grey (factor 0) and the image (1), and beyond; grey images have no colours to change. */
    static void saturation(float[] image, ImageShape shape, float factor) {
        if (shape.channels() != 3) {
            return;
        }
        int area = shape.area();
        for (int i = 0; i < area; i++) {
            float grey = grey(image, shape, i);
            for (int c = 0; c < 3; c++) {
                image[c * area + i] = clamped(grey + factor * (image[c * area + i] - grey));
            }
        }
    }

    /**
     * Turns the hue, as hue, saturation and value define it.
     *
     * @param turn a part of the whole circle, in [-0.5, 0.5]
     */
    static void hue(float[] image, ImageShape shape, float turn) {
        if (shape.channels() != 3) {
            return;
        }
        int area = shape.area();
        for (int i = 0; i < area; i++) {
            float red = image[i];
            float green = image[area + i];
            float blue = image[2 * area + i];
            float most = Math.max(red, Math.max(green, blue));
            float range = most - Math.min(red, Math.min(green, blue));
            if (range == 0) {
                continue;
            }
            float sixth;
            if (most == red) {
                sixth = (green - blue) / range;
            } else if (most == green) {
                sixth = 2 + (blue - red) / range;
            } else {
                sixth = 4 + (red - green) / range;
            }
            sixth += 6 * turn;
            image[i] = primary(sixth + 5, most, range);
            image[area + i] = primary(sixth + 3, most, range);
            image[2 * area + i] = primary(sixth + 1, most, range);
        }
    }

    /** One of red, green and blue of a hue: falls from the value and rises to it again along the circle of six parts. */
    private static float primary(float place, float value, float range) {
        float k = place - 6 * (float) Math.floor(place / 6);
        return value - range * Math.max(0, Math.min(1, Math.min(k, 4 - k)));
    }

    /** Between the image smoothed over 3 x 3 pixels (factor 0) and the image (1), and beyond; the border stays. */
    static void sharpness(float[] image, ImageShape shape, float factor) {
        float[] before = image.clone();
        int width = shape.width();
        for (int c = 0; c < shape.channels(); c++) {
            for (int y = 1; y < shape.height() - 1; y++) {
                for (int x = 1; x < width - 1; x++) {
                    int i = (c * shape.height() + y) * width + x;
                    float sum = 4 * before[i];
                    for (int row = i - width; row <= i + width; row += width) {
                        sum += before[row - 1] + before[row] + before[row + 1];
                    }
                    float smooth = sum / 13;
                    image[i] = clamped(smooth + factor * (before[i] - smooth));
                }
            }
        }
    }

    /** Leaves so many of the eight bits of each value. */
    static void posterize(float[] image, int bits) {
        int mask = LEVELS - (1 << (8 - bits));
        for (int i = 0; i < image.length; i++) {
            image[i] = (level(image[i]) & mask) / 255f;
        }
    }

    /** Inverts values from {@code threshold} on. */
    static void solarize(float[] image, float threshold) {
        for (int i = 0; i < image.length; i++) {
            image[i] = image[i] >= threshold ? 1 - image[i] : image[i];
        }
    }

    /** Stretches the values of each channel to the whole range. */
    static void autoContrast(float[] image, ImageShape shape) {
        int area = shape.area();
        for (int c = 0; c < shape.channels(); c++) {
            float least = 1;
            float most = 0;
            for (int i = c * area; i < (c + 1) * area; i++) {
                least = Math.min(least, image[i]);
                most = Math.max(most, image[i]);
            }
            if (most > least) {
                for (int i = c * area; i < (c + 1) * area; i++) {
                    image[i] = (image[i] - least) / (most - least);
                }
            }
        }
    }

    /** Makes all values of each channel about equally frequent. */
    static void equalize(float[] image, ImageShape shape) {
        int area = shape.area();
        for (int c = 0; c < shape.channels(); c++) {
            int[] count = new int[LEVELS];
            for (int i = c * area; i < (c + 1) * area; i++) {
                count[level(image[i])]++;
            }
            int last = LEVELS - 1;
            while (count[last] == 0) {
                last--;
            }
            int step = (area - count[last]) / (LEVELS - 1);
            if (step == 0) {
                continue;
            }
            float[] table = new float[LEVELS];
            int before = step / 2;
            for (int level = 0; level < LEVELS; level++) {
                table[level] = Math.min(255, before / step) / 255f;
                before += count[level];
            }
            for (int i = c * area; i < (c + 1) * area; i++) {
                image[i] = table[level(image[i])];
            }
        }
    }

    private static float grey(float[] image, ImageShape shape, int i) {
        int area = shape.area();
        return shape.channels() == 3 ? RED * image[i] + GREEN * image[area + i] + BLUE * image[2 * area + i] : image[i];
    }

    private static int level(float value) {
        return Math.round(255 * clamped(value));
    }

    private static float clamped(float value) {
        return Math.max(0, Math.min(1, value));
    }
}
