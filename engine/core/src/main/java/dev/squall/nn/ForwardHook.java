package dev.squall.nn;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/** Watches the forward passes of a module and all modules in it; see {@link Module#watch}. */
@FunctionalInterface
public interface ForwardHook {
    /** Before {@code module}, whose full name is {@code name}, computes. */
    default void before(String name, Module module, Shape input) {}

    /**
     * After it has computed.
     *
     * @param input the shape of what it was given, which may have been overwritten meanwhile
     * @param output its result, to be read at once or not at all: a later operation may overwrite it
     */
    void after(String name, Module module, Shape input, Tensor output);
}
