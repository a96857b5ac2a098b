package dev.squall.data.image;

import dev.squall.data.ImageShape;

/** A picture as it can be read row by row. Implementations are immutable and may be read from any thread. */
interface Rows {
    /** {@link #levels} of values that are stored as bytes. */
    float BYTE_LEVELS = 255;

    int height();

    int width();

    /** 1 for shades of grey, 3 for red, green and blue. */
    int channels();

    /** What stands for white; black is 0. */
    float levels();

    /** Bytes of memory that it holds. */
    long bytes();

    /**
     * Reads a part of a row.
     *
     * @param to the first column that is not read
     * @param destination gets {@code to - from} values of each channel, one channel after the other
     */
    void read(int y, int from, int to, float[] destination);

    /** Of an image that is computed with already, and so is not rounded to bytes. */
    static Rows of(Image image) {
        ImageShape shape = image.shape();
        return new Rows() {
            @Override
            public int height() {
                return shape.height();
            }

            @Override
            public int width() {
                return shape.width();
            }

            @Override
            public int channels() {
                return shape.channels();
            }

            @Override
            public float levels() {
                return 1;
            }

            @Override
            public long bytes() {
                return (long) Float.BYTES * shape.elements();
            }

            @Override
            public void read(int y, int from, int to, float[] destination) {
                for (int c = 0; c < shape.channels(); c++) {
                    int row = c * shape.area() + y * shape.width();
                    System.arraycopy(image.pixels(), row + from, destination, c * (to - from), to - from);
                }
            }
        };
    }
}
