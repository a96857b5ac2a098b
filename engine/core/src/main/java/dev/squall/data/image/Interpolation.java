package dev.squall.data.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How a picture's values are weighted when it is resized: the filters of Pillow under their names there.
 *
 * @see Resampling
 */
public enum Interpolation {
    /** A triangle. */
    BILINEAR(1) {
        @Override
        double weight(double distance) {
            return Math.max(0, 1 - Math.abs(distance));
        }
    },

    /** Keys' cubic with a = -1/2 (R. G. Keys, Cubic convolution interpolation for digital image processing, 1981). */
    BICUBIC(2) {
        @Override
        double weight(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return ((A + 2) * x - (A + 3)) * x * x + 1;
            }
            return x < 2 ? A * (((x - 5) * x + 8) * x - 4) : 0;
        }
    };

    private static final double A = -0.5;

    private final double support;

    Interpolation(double support) {
        this.support = support;
    }

    /** How far from the centre the weights are not zero, in pixels of the coarser of the two pictures. */
    double support() {
        return support;
    }

    /** The weight, not yet normalised, of a value at this distance from the centre. */
    abstract double weight(double distance);

    /**
     * By its name in lower case.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Interpolation named(String name) {
        for (Interpolation interpolation : values()) {
            if (interpolation.toString().equals(name)) {
                return interpolation;
            }
        }
        throw new IllegalArgumentException("there is no interpolation called '" + name + "'; choose from "
                + Arrays.stream(values()).map(Interpolation::toString).collect(Collectors.joining(", ")));
    }

    /** Its name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
