package dev.squall.data.image;

import java.util.Arrays;

/**
 * A picture on a larger white canvas.
 *
 * @param top of the picture on the canvas; {@code left} likewise
 */
record FramedRows(Rows picture, int height, int width, int top, int left) implements Rows {
    @Override
    public int channels() {
        return picture.channels();
    }

    @Override
    public float levels() {
        return picture.levels();
    }

    @Override
    public long bytes() {
        return picture.bytes();
    }

    @Override
    public void read(int y, int from, int to, float[] destination) {
        int columns = to - from;
        Arrays.fill(destination, 0, channels() * columns, levels());
        int first = Math.max(from, left);
        int end = Math.min(to, left + picture.width());
        if (y < top || y >= top + picture.height() || first >= end) {
            return;
        }
        float[] part = new float[channels() * (end - first)];
        picture.read(y - top, first - left, end - left, part);
        for (int c = 0; c < channels(); c++) {
            System.arraycopy(part, c * (end - first), destination, c * columns + first - from, end - first);
        }
    }
}
