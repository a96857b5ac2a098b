package dev.squall.data.augment;

import dev.squall.data.ImageShape;

/**
 * Shows each pixel what lies at another place of the image, by bilinear interpolation; outside of it is black.
 *
 * <p>The place is {@code (xx x + xy y + x0, yx x + yy y + y0)}, all measured from the middle.
 */
record Affine(double xx, double xy, double x0, double yx, double yy, double y0) {
    static Affine shearX(double amount) {
        return new Affine(1, amount, 0, 0, 1, 0);
    }

    static Affine shearY(double amount) {
        return new Affine(1, 0, 0, amount, 1, 0);
    }

    static Affine translate(double x, double y) {
        return new Affine(1, 0, x, 0, 1, y);
    }

    static Affine rotate(double radians) {
        double cos = Math.cos(radians);
        double sin = Math.sin(radians);
        return new Affine(cos, sin, 0, -sin, cos, 0);
    }

    void apply(float[] image, ImageShape shape) {
        float[] before = image.clone();
        double middleX = (shape.width() - 1) / 2.0;
        double middleY = (shape.height() - 1) / 2.0;
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                double dx = x - middleX;
                double dy = y - middleY;
                double fromX = xx * dx + xy * dy + x0 + middleX;
                double fromY = yx * dx + yy * dy + y0 + middleY;
                for (int c = 0; c < shape.channels(); c++) {
                    image[c * shape.area() + y * shape.width() + x] =
                            between(before, c * shape.area(), shape, fromX, fromY);
                }
            }
        }
    }

    private static float between(float[] image, int plane, ImageShape shape, double x, double y) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        float right = (float) (x - left);
        float below = (float) (y - top);
        return (1 - below)
                        * ((1 - right) * at(image, plane, shape, left, top)
                                + right * at(image, plane, shape, left + 1, top))
                + below
                        * ((1 - right) * at(image, plane, shape, left, top + 1)
                                + right * at(image, plane, shape, left + 1, top + 1));
    }

    private static float at(float[] image, int plane, ImageShape shape, int x, int y) {
        boolean inside = x >= 0 && x < shape.width() && y >= 0 && y < shape.height();
        return inside ? image[plane + y * shape.width() + x] : 0;
    }
}
