package dev.squall.data.image;

/**
 * A rectangle in a picture, in pixels from its upper left corner, fractions included.
 *
 * @param left of its left edge; {@code right} is that of the first column outside
 */
public record Box(double left, double top, double right, double bottom) {
    public Box {
        if (!(left < right && top < bottom)) {
            throw new IllegalArgumentException("a box has a width and a height above 0, but got %s to %s and %s to %s"
                    .formatted(left, right, top, bottom));
        }
    }

    /** A whole picture. */
    static Box of(int height, int width) {
        return new Box(0, 0, width, height);
    }

    Box scaled(double across, double down) {
        return new Box(left * across, top * down, right * across, bottom * down);
    }

    /** The smallest rectangle of whole pixels around it that lies within a picture of this size. */
    Box outward(int height, int width) {
        double x = Math.min(Math.max(0, Math.floor(left)), width - 1);
        double y = Math.min(Math.max(0, Math.floor(top)), height - 1);
        return new Box(
                x,
                y,
                Math.max(x + 1, Math.min(width, Math.ceil(right))),
                Math.max(y + 1, Math.min(height, Math.ceil(bottom))));
    }

    /** Where it lies in what is stored, if turning that upright shows a picture of this size. */
    Box stored(int orientation, int height, int width) {
        Box turned = this;
        int rows = height;
        int columns = width;
        if (Orientation.isTransposed(orientation)) {
            turned = new Box(top, left, bottom, right);
            rows = width;
            columns = height;
        }
        if (Orientation.isBottomUp(orientation)) {
            turned = new Box(turned.left, rows - turned.bottom, turned.right, rows - turned.top);
        }
        if (Orientation.isRightToLeft(orientation)) {
            turned = new Box(columns - turned.right, turned.top, columns - turned.left, turned.bottom);
        }
        return turned;
    }
}
