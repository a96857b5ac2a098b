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
     * @param downFirst whether to go down before across, as for a picture that is stored on its side: values are rounded and cut off
     *     in between, so that the order shows
     */
    static Image resample(
            Rows source, Box box, Box reach, ImageShape target, Interpolation interpolation, boolean downFirst) {
        Window[] across = windows(
                box.left(), box.right(), (int) reach.left(), (int) reach.right(), target.width(), interpolation);
        Window[] down = windows(
                box.top(), box.bottom(), (int) reach.top(), (int) reach.bottom(), target.height(), interpolation);
        int from = Arrays.stream(across).mapToInt(Window::first).min().orElseThrow();
        int to = Arrays.stream(across).mapToInt(Window::end).max().orElseThrow();
        float[] row = new float[Math.multiplyExact(source.channels(), to - from)];
        // Of each row of the result, what the rows read so far give: as wide as them if the way down comes first.
        float[][] sums = new float[target.height()][];
        float[] resized = new float[target.elements()];
        int firstOpen = 0;
        for (int y = down[0].first(); y < down[target.height() - 1].end(); y++) {
            float[] values = null;
            for (int i = firstOpen; i < target.height() && down[i].first() <= y; i++) {
                if (values == null) {
                    source.read(y, from, to, row);
                    values = downFirst ? row : narrowed(row, from, to, across, source);
                }
                sums[i] = sums[i] == null ? new float[values.length] : sums[i];
                add(values, down[i].weights()[y - down[i].first()], sums[i]);
                if (down[i].end() == y + 1) {
                    round(sums[i], source.levels());
                    store(downFirst ? narrowed(sums[i], from, to, across, source) : sums[i], resized, target, i);
                    sums[i] = null;
                    firstOpen = i + 1;
                }
            }
        }
        for (int i = 0; i < resized.length; i++) {
            resized[i] /= source.levels();
        }
        return new Image(target, resized);
    }

    private static float[] narrowed(float[] row, int from, int to, Window[] across, Rows source) {
        float[] narrowed = new float[source.channels() * across.length];
        for (int c = 0; c < source.channels(); c++) {
            for (int x = 0; x < across.length; x++) {
                float[] weights = across[x].weights();
                int start = c * (to - from) + across[x].first() - from;
                float sum = 0;
                for (int i = 0; i < weights.length; i++) {
                    sum += weights[i] * row[start + i];
                }
                narrowed[c * across.length + x] = rounded(sum, source.levels());
            }
        }
        return narrowed;
    }

    private static void add(float[] values, float weight, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += weight * values[i];
        }
    }

    private static void round(float[] values, float levels) {
        for (int i = 0; i < values.length; i++) {
            values[i] = rounded(values[i], levels);
        }
    }

    private static void store(float[] row, float[] resized, ImageShape target, int y) {
        for (int c = 0; c < target.channels(); c++) {
            System.arraycopy(row, c * target.width(), resized, c * target.area() + y * target.width(), target.width());
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
