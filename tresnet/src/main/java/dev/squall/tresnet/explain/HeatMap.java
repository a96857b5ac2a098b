package dev.squall.tresnet.explain;

import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;

/**
 * How much each part of an image speaks for a class.
 *
 * @param height in parts
 * @param width likewise
 * @param values row by row, from 0 for what does not speak for the class, to 1 for the most important part; all are 0 where no part does
 * @param peak what the value 1 stands for, in the unit of the method that made the map; 0 where no part speaks for the class
 */
public record HeatMap(int height, int width, float[] values, double peak) {
    public HeatMap {
        if (values.length != height * width) {
            throw new IllegalArgumentException(
                    "a map of " + height + "x" + width + " parts does not have " + values.length + " values");
        }
    }

    /** From numbers of any size, of which those that do not speak for the class are at most 0. */
    static HeatMap of(int height, int width, double[] importance) {
        double peak = 0;
        for (double value : importance) {
            peak = Math.max(peak, value);
        }
        float[] values = new float[importance.length];
        for (int i = 0; i < values.length && peak > 0; i++) {
            values[i] = (float) (Math.max(importance[i], 0) / peak);
        }
        return new HeatMap(height, width, values, peak);
    }

    /** The values, {@code [row][column]}. */
    public float[][] rows() {
        float[][] rows = new float[height][width];
        for (int y = 0; y < height; y++) {
            System.arraycopy(values, y * width, rows[y], 0, width);
        }
        return rows;
    }

    /** The same in more parts, with bilinear interpolation between the middles of the parts. */
    public HeatMap resized(int height, int width) {
        Image map = new Image(new ImageShape(1, this.height, this.width), values).resize(height, width);
        return new HeatMap(height, width, map.pixels(), peak);
    }
}
