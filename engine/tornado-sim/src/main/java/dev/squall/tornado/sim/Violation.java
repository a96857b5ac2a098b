package dev.squall.tornado.sim;

/** Thrown where a check fails, inside the kernel's call stack; the launch adds kernel, work-item and source line. */
final class Violation extends RuntimeException {

    private final transient KernelFault.Kind kind;

    Violation(KernelFault.Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    KernelFault.Kind kind() {
        return kind;
    }
}
