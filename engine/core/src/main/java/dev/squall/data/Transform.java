package dev.squall.data;

import org.apache.commons.math3.random.RandomGenerator;

/**
 * A change of one image that keeps its shape. A list of them is applied in order.
 *
 * <p>Whatever is random about it must be drawn from the generator it is given: the loader seeds that by (seed, epoch,
 * image), and so the result does not depend on threads or on the order of images. Implementations are immutable.
 */
@FunctionalInterface
public interface Transform {
    /**
     * Changes {@code image} in place.
     *
     * @param image CHW values; exactly {@code shape.elements()} of them
     */
    void apply(float[] image, ImageShape shape, RandomGenerator random);
}
