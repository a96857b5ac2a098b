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
 * @throws IllegalArgumentException if the lengths do not belong together
 */
public record Batch(
        float[] images,
        int[] labels,
        int[] indices,
        ImageShape shape,
        @Nullable Mixed mixed) {
    public Batch {
        if (images.length != (long) labels.length * shape.elements() || indices.length != labels.length) {
            throw new IllegalArgumentException(
                    "a batch of %s images with %d labels needs %d values and as many indices, got %d and %d"
                            .formatted(
                                    shape,
                                    labels.length,
                                    (long) labels.length * shape.elements(),
                                    images.length,
                                    indices.length));
        }
        if (mixed != null && mixed.labels.length != labels.length) {
            throw new IllegalArgumentException("a batch of %d mixed images needs a second label for each, got %d"
                    .formatted(labels.length, mixed.labels.length));
        }
    }

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
