package dev.squall.data.image;

import dev.squall.data.ImageShape;

/**
 * Bilinear resizing as Pillow does it, and torchvision with {@code antialias=True}: rows, then columns, each value a
 * mean weighted by a triangle around its place in the source. The triangle reaches one source pixel to each side when
 * enlarging, and one destination pixel when shrinking, so that every source pixel counts.
 */
final class BilinearResize {
    private BilinearResize() {}

    /** The source values that make one destination value: {@code weights.length} of them, from {@code first} on. */
    private record Window(int first, float[] weights) {}

    static Image resize(Image image, ImageShape target) {
        ImageShape source = image.shape();
        int rows = source.channels() * source.height();
        float[] narrowed = new float[rows * target.width()];
        Window[] across = windows(source.width(), target.width());
        for (int row = 0; row < rows; row++) {
            for (int x = 0; x < target.width(); x++) {
                int start = row * source.width() + across[x].first();
                narrowed[row * target.width() + x] = mean(image.pixels(), start, 1, across[x].weights());
            }
        }
        float[] resized = new float[target.elements()];
        Window[] down = windows(source.height(), target.height());
        for (int c = 0; c < target.channels(); c++) {
            for (int y = 0; y < target.height(); y++) {
                for (int x = 0; x < target.width(); x++) {
                    int start = (c * source.height() + down[y].first()) * target.width() + x;
                    resized[(c * target.height() + y) * target.width() + x] =
                            mean(narrowed, start, target.width(), down[y].weights());
                }
            }
        }
        return new Image(target, resized);
    }

    private static float mean(float[] values, int start, int stride, float[] weights) {
        float sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * values[start + i * stride];
        }
        return sum;
    }

    private static Window[] windows(int from, int to) {
        double scale = (double) from / to;
        double reach = Math.max(scale, 1);
        Window[] windows = new Window[to];
        for (int i = 0; i < to; i++) {
            double center = (i + 0.5) * scale;
            int first = Math.max(0, (int) (center - reach + 0.5));
            int end = Math.min(from, (int) (center + reach + 0.5));
            double[] weights = new double[end - first];
            double total = 0;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / reach);
                total += weights[k];
            }
            float[] normalised = new float[weights.length];
            for (int k = 0; k < weights.length; k++) {
                normalised[k] = (float) (weights[k] / total);
            }
            windows[i] = new Window(first, normalised);
        }
        return windows;
    }
}
