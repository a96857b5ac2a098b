package dev.squall.tornado.sim;

/**
 * A kernel with the host objects it was given.
 *
 * @param name {@code graph.task}, the key of its grid
 */
record KernelTask(String name, KernelMethod kernel, GraphRecord.Body body, Object[] arguments) {}
