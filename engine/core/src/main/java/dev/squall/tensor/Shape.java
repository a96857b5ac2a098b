package dev.squall.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The logical shape of a tensor: its dimensions, outermost first. Images are {@code [N, C, H, W]} (batch, channels, height,
 * width), vectors of features {@code [N, C]}, per-channel parameters {@code [C]} and scalars {@code []}.
 */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(new int[0]);

    private final int[] dimensions;

    private Shape(int[] dimensions) {
        this.dimensions = dimensions;
    }

    /**
     * A shape with the given dimensions.
     *
     * @throws IllegalArgumentException if a dimension is not positive, or the number of elements exceeds 2^31 - 1
     */
    public static Shape of(int... dimensions) {
        long elements = 1;
        for (int d : dimensions) {
            if (d <= 0) {
                throw new IllegalArgumentException(
                        "a shape needs positive dimensions, got " + Arrays.toString(dimensions));
            }
            elements = Math.multiplyExact(elements, d);
            if (elements > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "a tensor holds at most 2^31 - 1 elements, got " + Arrays.toString(dimensions));
            }
        }
        return dimensions.length == 0 ? SCALAR : new Shape(dimensions.clone());
    }

    /** The number of dimensions. */
    public int rank() {
        return dimensions.length;
    }

    /**
     * Dimension {@code i}, counted from 0; negative {@code i} counts from the end.
     *
     * @throws IndexOutOfBoundsException if there is none
     */
    public int dim(int i) {
        int index = i < 0 ? i + dimensions.length : i;
        if (index < 0 || index >= dimensions.length) {
            throw new IndexOutOfBoundsException(
                    "a shape of " + dimensions.length + " dimensions, " + this + ", has no dimension " + i);
        }
        return dimensions[index];
    }

    /** The number of elements: the product of all dimensions, 1 for a scalar. */
    public int elements() {
        int elements = 1;
        for (int d : dimensions) {
            elements *= d;
        }
        return elements;
    }

    /** The batch size N of {@code [N, C]} or {@code [N, C, H, W]}. */
    public int batch() {
        return dim(0);
    }

    /** The channels C of {@code [C]}, {@code [N, C]} or {@code [N, C, H, W]}. */
    public int channels() {
        return dim(rank() == 1 ? 0 : 1);
    }

    /** The height H of {@code [N, C, H, W]}; 1 for lower ranks. */
    public int height() {
        return rank() == 4 ? dimensions[2] : 1;
    }

    /** The width W of {@code [N, C, H, W]}; 1 for lower ranks. */
    public int width() {
        return rank() == 4 ? dimensions[3] : 1;
    }

    /** The elements of one image plane, H * W. */
    public int plane() {
        return height() * width();
    }

    /** The same shape with {@code channels} channels; for {@code [N, C]} and {@code [N, C, H, W]}. */
    public Shape withChannels(int channels) {
        if (rank() < 2) {
            throw new IllegalArgumentException(
                    "only [N, C] and [N, C, H, W] take another number of channels, got " + this);
        }
        int[] changed = dimensions.clone();
        changed[1] = channels;
        return of(changed);
    }

    /** The dimensions, as a new array. */
    public int[] toArray() {
        return dimensions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dimensions);
    }

    /** For example {@code [8, 64, 56, 56]}. */
    @Override
    public String toString() {
        return Arrays.stream(dimensions).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
