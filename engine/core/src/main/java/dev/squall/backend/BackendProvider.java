package dev.squall.backend;

/** Makes a kind of backend; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
    /** The name that {@code --backend} takes. */
    String name();

    /** Among the available backends {@code auto} takes the one with the highest preference; below 0 never. */
    int preference();

    /** Whether it can run here, and why or why not in one phrase. Does not start anything expensive. */
    Availability availability();

    /** Makes a backend. */
    Backend create(BackendOptions options);

    /** Whether a backend can run here, and why, in one phrase for people. */
    record Availability(boolean available, String reason) {}
}
