package dev.squall.tornado.sim;

/** Runs a kernel on arguments given as objects. */
@FunctionalInterface
public interface KernelBody {
    void run(Object[] arguments);
}
