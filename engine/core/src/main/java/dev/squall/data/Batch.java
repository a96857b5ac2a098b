package dev.squall.data;

import org.jspecify.annotations.Nullable;

/**
 * Some images with their labels; the arrays belong to whoever took the batch.
 *
 * @param images NCHW, {@code size() * shape.elements()} values
 * @param labels [N], the class of each image
 * @param indices [N], where each image stands in the data set
 * @param shape of one image
 * @param mixed what each image shows besides, if images were mixed
 */
public record Batch(
        float[] images,
        int[] labels,
        int[] indices,
        ImageShape shape,
        @Nullable Mixed mixed) {
    /** Whose images were not mixed. */
    public Batch(float[] images, int[] labels, int[] indices, ImageShape shape) {
        this(images, labels, indices, shape, null);
    }

    /**
     * The second classes of images that show two: the loss is {@code share} of that of the first, and the rest of that of the
     * second.
     *
     * @param labels [N], the second class of each image
     * @param share of the first, in [0, 1]
     */
    public record Mixed(int[] labels, float share) {}

    /** Number of images. */
    public int size() {
        return labels.length;
    }
}
