package dev.squall.data;

import dev.squall.error.BadInputException;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;

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
     * @throws BadInputException if it is in a file that cannot be read
     * @throws IndexOutOfBoundsException if there is no such image, or no room for it
     */
    void image(int index, float[] destination, int offset);

    /**
     * The same for training, where a data set of pictures shows another part of a picture each time; by default no other.
     *
     * @param random what that is drawn from
     */
    default void image(int index, RandomGenerator random, float[] destination, int offset) {
        image(index, destination, offset);
    }

    /**
     * Asks what is to happen with an image that cannot be read.
     *
     * @param why what {@code image} has thrown
     * @return whether it is noted, and to be left out of its batch; by default not, so that the user learns of it at once
     */
    default boolean skip(int index, BadInputException why) {
        return false;
    }

    /** What a user calls image {@code index}: its file, where it has one of its own; by default its number, from 0. */
    default String imageName(int index) {
        return Integer.toString(index);
    }

    /**
     * What a run that is resumed knows image {@code index} by, wherever its file lies: a number that other contents would hardly have. It is asked for
     * every image at the start of a training, so nothing is decoded for it; by default 0, which says nothing.
     */
    default long checksum(int index) {
        return 0;
    }

    /** Number of classes. */
    default int classes() {
        return classNames().size();
    }
}
