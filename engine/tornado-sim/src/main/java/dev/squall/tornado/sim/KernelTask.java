package dev.squall.tornado.sim;

/**
 * A kernel with the host objects it was given.
 *
 * @param name {@code graph.task}, the key of its grid
 * @param plain the kernel as the caller's method reference runs it
 */
record KernelTask(String name, KernelMethod kernel, KernelBody plain, Object[] arguments) {

    KernelBody body(boolean checkLocalMemory) {
        return checkLocalMemory && kernel.usesLocalMemory() ? KernelInstrumenter.instrument(kernel.method()) : plain;
    }
}
