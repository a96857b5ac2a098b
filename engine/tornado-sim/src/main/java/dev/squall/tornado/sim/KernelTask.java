package dev.squall.tornado.sim;

/** A kernel with the host objects it was given. */
final class KernelTask {

    private final String name;
    private final KernelMethod kernel;
    private final GraphRecord.Body plain;
    private final Object[] arguments;
    private final boolean usesLocalMemory;

    KernelTask(String name, KernelMethod kernel, GraphRecord.Body body, Object[] arguments) {
        this.name = name;
        this.kernel = kernel;
        this.plain = body;
        this.arguments = arguments;
        usesLocalMemory = kernel.usesLocalMemory();
    }

    /** {@code graph.task}, the key of its grid. */
    String name() {
        return name;
    }

    KernelMethod kernel() {
        return kernel;
    }

    Object[] arguments() {
        return arguments;
    }

    GraphRecord.Body body(boolean checkLocalMemory) {
        return checkLocalMemory && usesLocalMemory ? KernelInstrumenter.instrument(kernel.method()) : plain;
    }
}
