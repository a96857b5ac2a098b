package dev.squall.backend;

/** A kernel that a backend compiles while the program runs, for people who want to read it. */
public interface KernelListing {
    String name();

    /** What it computes, in one line. */
    String purpose();

    /** Its source with its documentation, and the helpers it calls. */
    String source();

    /**
     * What the source becomes on a device of this machine.
     *
     * @param device the index of the device among those that the backend lists
     * @throws BackendException if that cannot be found out here; says what is missing
     */
    Translation translate(int device);

    /**
     * Code for a device.
     *
     * @param title the language, and the device it is for
     */
    record Translation(String title, String code) {}
}
