package dev.squall.data;

/**
 * Some images with their labels; the arrays belong to whoever took the batch.
 *
 * @param images NCHW, {@code size() * shape.elements()} values
 * @param labels [N], the class of each image
 * @param indices [N], where each image stands in the data set
 * @param shape of one image
 */
public record Batch(float[] images, int[] labels, int[] indices, ImageShape shape) {
    /** Number of images. */
    public int size() {
        return labels.length;
    }
}
