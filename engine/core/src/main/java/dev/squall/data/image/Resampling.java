package dev.squall.data.image;

import dev.squall.data.ImageShape;
import java.util.Arrays;

/**
 * Resizing as Pillow does it, and torchvision with {@code antialias=True}: across, then down, each value a mean weighted by
 * a filter around its place in the source. The filter is as wide as its support in source pixels when enlarging, in
 * destination pixels when shrinking, so that every source pixel counts.
 *
 * <p>Only the rows that count are read, one at a time, and only what is asked for is computed: a cut out of an enlarged
 * picture of any size costs no more than the cut.
 */
final class Resampling {
    private Resampling() {}

    /** The source values that make one destination value: {@code weights.length} of them, from {@code first} on. */
    private record Window(int first, float[] weights) {
        int end() {
            return first + weights.length;
        }
    }

    /**
     * Makes {@code box} of {@code source} into an image of {@code target}'s extents.
     *
     * @param box what to show, in source pixels
     * @param reach what the filter may look at: it ends there as at the picture's border
     */
    static Image resample(Rows source, Box box, Box reach, ImageShape target, Interpolation interpolation) {
        Window[] across = windows(
                box.left(), box.right(), (int) reach.left(), (int) reach.right(), target.width(), interpolation);
        Window[] down = windows(
                box.top(), box.bottom(), (int) reach.top(), (int) reach.bottom(), target.height(), interpolation);
        int from = Arrays.stream(across).mapToInt(Window::first).min().orElseThrow();
        int to = Arrays.stream(across).mapToInt(Window::end).max().orElseThrow();
        int width = to - from;
        int channels = source.channels();
        float[] row = new float[Math.multiplyExact(channels, width)];
        float[] narrowed = new float[channels * target.width()];
        float[] resized = new float[target.elements()];
        int firstOpen = 0;
        int read = -1;
        for (int y = down[0].first(); y < down[target.height() - 1].end(); y++) {
            for (int i = firstOpen; i < target.height() && down[i].first() <= y; i++) {
                if (down[i].end() <= y) {
                    firstOpen = i + 1;
                    continue;
                }
                if (read != y) {
                    source.read(y, from, to, row);
                    narrow(row, from, width, across, narrowed, source.levels());
                    read = y;
                }
                add(narrowed, down[i].weights()[y - down[i].first()], resized, target, i);
            }
        }
        finish(resized, source.levels());
        return new Image(target, resized);
    }

    private static void narrow(float[] row, int from, int width, Window[] across, float[] narrowed, float levels) {
        for (int c = 0; c < narrowed.length / across.length; c++) {
            for (int x = 0; x < across.length; x++) {
                float[] weights = across[x].weights();
                int start = c * width + across[x].first() - from;
                float sum = 0;
                for (int i = 0; i < weights.length; i++) {
                    sum += weights[i] * row[start + i];
                }
                narrowed[c * across.length + x] = rounded(sum, levels);
            }
        }
    }

    private static void add(float[] narrowed, float weight, float[] resized, ImageShape target, int y) {
        int width = target.width();
        for (int c = 0; c < target.channels(); c++) {
            int to = c * target.area() + y * width;
            int from = c * width;
            for (int x = 0; x < width; x++) {
                resized[to + x] += weight * narrowed[from + x];
            }
        }
    }

    private static void finish(float[] resized, float levels) {
        for (int i = 0; i < resized.length; i++) {
            resized[i] = rounded(resized[i], levels) / levels;
        }
    }

    /** As Pillow, whose values are bytes after either pass; a cubic that shoots over is cut off. Finer values are left as fine. */
    private static float rounded(float value, float levels) {
        float rounded = levels == Rows.BYTE_LEVELS ? (float) Math.floor(value + 0.5f) : value;
        return Math.min(levels, Math.max(0, rounded));
    }

    private static Window[] windows(
            double start, double end, int least, int most, int to, Interpolation interpolation) {
        double scale = (end - start) / to;
        double coarser = Math.max(scale, 1);
        double support = interpolation.support() * coarser;
        Window[] windows = new Window[to];
        for (int i = 0; i < to; i++) {
            double center = start + (i + 0.5) * scale;
            // Rounding may put a centre at the border just outside of it.
            int first = Math.min(Math.max(least, (int) (center - support + 0.5)), most - 1);
            int last = Math.max(Math.min(most, (int) (center + support + 0.5)), first + 1);
            windows[i] = new Window(first, weights(first, last - first, center, coarser, interpolation));
        }
        return windows;
    }

    private static float[] weights(int first, int count, double center, double coarser, Interpolation interpolation) {
        double[] weights = new double[count];
        double total = 0;
        for (int k = 0; k < count; k++) {
            weights[k] = interpolation.weight((first + k + 0.5 - center) / coarser);
            total += weights[k];
        }
        float[] normalised = new float[count];
        for (int k = 0; k < count; k++) {
            normalised[k] = total == 0 ? 1f / count : (float) (weights[k] / total);
        }
        return normalised;
    }
}
