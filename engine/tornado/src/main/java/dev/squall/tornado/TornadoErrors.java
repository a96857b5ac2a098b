package dev.squall.tornado;

/** Turns what TornadoVM throws into one sentence that says what to do. */
final class TornadoErrors {
    private TornadoErrors() {}

    static String explain(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("No OpenCL platforms")) {
                return "no OpenCL driver is installed; install your GPU's, or Debian's pocl-opencl-icd for one that runs on the processor";
            }
            if (message.contains("argfile") || message.contains("Tornado API")) {
                return "TornadoVM was not started with its argument file; use the launcher, or java @$TORNADOVM_HOME/tornado-argfile";
            }
        }
        if (error instanceof NoClassDefFoundError) {
            return "no TornadoVM was found; install it with 'sdk install tornadovm' or set TORNADOVM_HOME";
        }
        return "TornadoVM does not start: " + error.getMessage();
    }
}
