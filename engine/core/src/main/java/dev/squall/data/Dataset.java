package dev.squall.data;

import java.util.List;

/** Labelled images of one shape, by index. Implementations are immutable and may be read from any thread. */
public interface Dataset {
    /** Such as {@code fashion-mnist/train}. */
    String name();

    /** The shape of every image. */
    ImageShape shape();

    /** The name of each class, by label. */
    List<String> classNames();

    /** Number of images. */
    int size();

    /** The class of image {@code index}, in [0, classes). */
    int label(int index);

    /**
     * Writes image {@code index} as CHW values in [0, 1] to {@code destination}, from {@code offset} on.
     *
     * @throws IndexOutOfBoundsException if there is no such image, or no room for it
     */
    void image(int index, float[] destination, int offset);

    /** Number of classes. */
    default int classes() {
        return classNames().size();
    }
}
