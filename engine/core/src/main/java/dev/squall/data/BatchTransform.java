package dev.squall.data;

import org.apache.commons.math3.random.RandomGenerator;

/**
 * A change of a whole batch, made after those of its images.
 *
 * <p>Whatever is random about it must be drawn from the generator it is given: the loader seeds that by (seed, epoch, batch).
 * Implementations are immutable.
 */
@FunctionalInterface
public interface BatchTransform {
    /** The changed batch, which may be the one that was given, with its arrays changed in place. */
    Batch apply(Batch batch, RandomGenerator random);
}
