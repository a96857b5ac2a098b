package dev.squall.data.image;

/**
 * What the decoder of a format needs of a file, and no more. Comments, thumbnails, colour profiles, animations and other
 * things that a picture can be seen without are left out: there is nothing in them that we use, and much that can be
 * broken or made to exhaust memory.
 *
 * @param file without them, otherwise as it was
 * @param height of what the decoder will give; {@code width} likewise
 * @param bytesPerPixel of that
 * @param effort how long a pixel takes to decode, as a multiple of one of a plain PNG
 * @param orientation how it is to be turned, 1 to 8
 * @param frame where on a larger canvas it lies
 * @param alpha what a sample beside the colours means
 */
record EncodedPicture(
        byte[] file,
        int height,
        int width,
        int bytesPerPixel,
        double effort,
        int orientation,
        Frame frame,
        Alpha alpha) {
    /** What a sample beside the colours means that a decoder takes for transparency. */
    enum Alpha {
        /** How much of the colours there is; they are stored in full. */
        STRAIGHT,
        /** How much of the colours there is; they have been multiplied by it. */
        PREMULTIPLIED,
        /** Nothing. */
        NONE
    }

    /** The extents of a canvas, and where a picture's upper left corner lies on it. */
    record Frame(int height, int width, int top, int left) {}

    /** For a picture that is its own canvas. */
    static EncodedPicture of(byte[] file, int height, int width, int bytesPerPixel, double effort, int orientation) {
        return new EncodedPicture(
                file,
                height,
                width,
                bytesPerPixel,
                effort,
                orientation,
                new Frame(height, width, 0, 0),
                Alpha.STRAIGHT);
    }

    /** The same with another meaning of what lies beside the colours. */
    EncodedPicture withAlpha(Alpha alpha) {
        return new EncodedPicture(file, height, width, bytesPerPixel, effort, orientation, frame, alpha);
    }

    /** Whether the canvas shows around it. */
    boolean isFramed() {
        return frame.top != 0 || frame.left != 0 || frame.height != height || frame.width != width;
    }
}
