package dev.squall.tensor;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a backend: what tensors need of it. Values cross this border in row-major order of the logical shape (NCHW for
 * images) whatever the physical layout inside.
 */
public interface Memory {
    /** The backend's name, for example {@code jvm}. */
    String name();

    /**
     * Storage for a tensor of {@code shape}, with undefined contents.
     *
     * @throws IllegalStateException if the memory is exhausted; the message says how much was asked for and how much there is
     */
    Storage allocate(Shape shape, Role role);

    /** Gives the storage back. Called once, by {@link Storage} itself, when nothing refers to it any more. */
    void free(Storage storage);

    /** Copies {@code values}, row-major, one for each element, into {@code destination}. */
    void upload(float[] values, Storage destination);

    /** The same with the values between the position and the limit of a buffer, such as a mapped file. */
    default void upload(FloatBuffer values, Storage destination) {
        float[] copy = new float[values.remaining()];
        values.duplicate().get(copy);
        upload(copy, destination);
    }

    /** Copies all elements of {@code source}, row-major, into {@code values}. */
    void download(Storage source, float[] values);

    /** Sets every element to {@code value}. */
    void fill(Storage destination, float value);

    /** {@code destination += addend}: what gradient accumulation needs. Both have the same shape; roles may differ. */
    void accumulate(Storage addend, Storage destination);

    /** The format that recorded operations round images to, for mixed precision; null for single precision throughout. */
    default @Nullable HalfFormat activationFormat() {
        return null;
    }

    /** Rounds every element to the nearest value of {@code format}; {@link Storage#format} says so until the contents change again. */
    void round(HalfFormat format, Storage storage);

    /**
     * Keeps the contents of a storage that {@linkplain #round has been rounded} in half as many bytes, until somebody reads or writes them. Called by
     * {@link Storage} itself when nothing but a backward pass will do that. A memory without room for the packed copy leaves the storage as it is;
     * so does one that has enough for all, until that changes.
     */
    void pack(Storage storage);

    /** Whether {@link #pack} does anything: not where images lie in memory in their format from the beginning. */
    default boolean packs() {
        return true;
    }

    /** Ends what {@link #pack} began; the contents are the same as before. Does nothing to a storage that is not packed. */
    void unpack(Storage storage);

    /** Bytes now allocated, padding included. */
    long liveBytes();

    /** The largest value that {@link #liveBytes()} has had since {@link #resetPeak()}. */
    long peakBytes();

    /** Starts measuring {@link #peakBytes()} anew, from what is live now. */
    void resetPeak();
}
