package dev.squall.misuse;

/**
 * A misuse of the engine.
 *
 * @param name what is done
 * @param complaint a part of the message of the exception that it must end in
 * @param deed does it
 */
record Misuse(String name, String complaint, Deed deed) {
    @FunctionalInterface
    interface Deed {
        void on(Workbench bench) throws Exception;
    }
}
