package dev.squall.backend;

import dev.squall.tensor.Memory;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/**
 * A device and the code that computes on it. A backend owns the physical layout of its memory; above it, everything speaks of
 * logical shapes. See the package documentation for the rules that all primitives keep.
 *
 * <p><b>Threads.</b> A backend uses several threads itself, but computes for one at a time, and so do all tensors, networks and optimizers on it:
 * reference counts, the layouts that a backend packs weights into and the weights that a network folds are not guarded. A thread has its
 * turn as long as it has a {@link dev.squall.tensor.Scope} open, and another that calls meanwhile gets an exception. So does a thread that calls
 * without a scope after another that is still alive: nobody could tell which of the two is in the middle of something. A network may be built in one
 * thread without a scope and then be used by others in turns, each with a scope that it closes before the next begins. To serve requests
 * in parallel, open a backend with one thread and a network for each. What may be shared freely: shapes, geometries, recipes, data sets, and
 * everything else that is immutable.
 */
public interface Backend extends Memory, AutoCloseable {
    /** The backend that {@code tensor} lives on. */
    static Backend of(Tensor tensor) {
        return (Backend) tensor.storage().memory();
    }

    /** One line for people: the device and what matters of its settings, for example threads and vector width. */
    String description();

    /**
     * What the last bits of its results depend on, beside the operands and the precision that was asked for: for example the vector width. Two
     * backends for which it is the same compute the same.
     */
    default String arithmetic() {
        return name() + " (" + description() + ")";
    }

    /** What a storage takes of the memory, padding included, without allocating it. */
    default long bytes(Shape shape, Role role) {
        return (long) Float.BYTES * shape.elements();
    }

    /** Operations on each element by itself, and those that broadcast one value per channel. */
    Elementwise elementwise();

    /** Sums, means, largest and smallest elements. */
    Reduction reduction();

    /** Moving elements from place to place. */
    Movement movement();

    /** Matrix products. */
    Matmul matmul();

    /** Convolution and its two derivatives. */
    Convolution convolution();

    /** Pooling, blurring, and moving between space and depth. */
    Pooling pooling();

    /** Batch normalisation, plain and in-place activated. */
    Normalisation normalisation();

    /** Softmax and cross entropy. */
    Loss loss();

    /** Updates of parameters. */
    Update update();

    /** Frees all memory and threads. Storages of this backend must not be used afterwards. */
    @Override
    void close();
}
