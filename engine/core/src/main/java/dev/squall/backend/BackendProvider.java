package dev.squall.backend;

import java.util.List;

/** Makes a kind of backend; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
    /** The name that {@code --backend} takes. */
    String name();

    /** Among the available backends {@code auto} takes the one with the highest preference; below 0 never. */
    int preference();

    /**
     * Whether it can run here, and why or why not in one phrase: a predicate of the backend's name ("runs everywhere") if it can, else a
     * sentence. Does not start anything expensive.
     */
    Availability availability();

    /** What it needs and what it found of that, for a user who wants to know why it runs here or does not. */
    default List<Finding> findings() {
        return List.of();
    }

    /** The kernels that its backend compiles at run time; none if it does no such thing. */
    default List<KernelListing> kernels() {
        return List.of();
    }

    /**
     * Makes a backend.
     *
     * @throws IllegalArgumentException if the options ask for what there is not, such as a device
     * @throws BackendException if the device does not start
     */
    Backend create(BackendOptions options);

    /** Whether a backend can run here, and why, in one phrase for people. */
    record Availability(boolean available, String reason) {}
}
