package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns what TornadoVM throws into one sentence that says what to do. */
public final class TornadoErrors {
    /** The launcher says here why it started the JVM without the SDK that it found. */
    public static final String PROBLEM = "squall.tornadovm.problem";

    /** Plain {@code sdk install tornadovm} gets the build for Java 21. */
    public static final String INSTALL = "sdk install tornadovm 5.2.0-jdk25-opencl";

    private TornadoErrors() {}

    /** Why TornadoVM does not start. */
    public static String explainStart(Throwable error) {
        if (error instanceof BackendException) {
            return String.valueOf(error.getMessage());
        }
        if (mentions(error, "platforms found") || mentions(error, "devices found")) {
            return "TornadoVM finds no OpenCL driver; install your GPU's, or Debian's pocl-opencl-icd, which runs on the processor";
        }
        if (has(error, IndexOutOfBoundsException.class)) {
            return "TornadoVM finds an OpenCL driver without a device; see what clinfo says of it, or install your GPU's driver anew";
        }
        if (mentions(error, "argfile") || mentions(error, "Implementation class not found")) {
            return "TornadoVM was not started with its argument file; use the launcher, or java @$TORNADOVM_HOME/tornado-argfile";
        }
        if (has(error, UnsupportedClassVersionError.class) || mentions(error, "Unsupported major.minor version")) {
            return "this TornadoVM was made for a newer Java than "
                    + Runtime.version().feature() + "; install the JDK in its name, such as 25 for ...-jdk25";
        }
        if (has(error, UnsatisfiedLinkError.class) || mentions(error, "Library not found")) {
            return "the TornadoVM SDK lacks a library for this system; install it anew with '" + INSTALL + "'";
        }
        if (has(error, NoClassDefFoundError.class) && !mentions(error, "Could not initialize")) {
            String problem = System.getProperty(PROBLEM);
            return problem != null
                    ? problem
                    : "there is no TornadoVM; install it with '" + INSTALL + "' or set TORNADOVM_HOME";
        }
        return "TornadoVM does not start: " + firstLine(root(error));
    }

    /** Whether TornadoVM, its compiler or the driver beneath them threw it, rather than this program. */
    static boolean isFromTornadoVm(Throwable error) {
        return causes(error)
                .anyMatch(cause -> cause.getClass()
                        .getName()
                        .matches("(uk\\.ac\\.manchester\\.tornado|jdk\\.graal|jdk\\.vm\\.ci)\\..*"));
    }

    /**
     * What a launch that failed means to the user.
     *
     * @param compiling whether it was the kernel's first, which compiles it
     */
    static BackendException ofLaunch(String kernel, String device, boolean compiling, Throwable error) {
        boolean memory = causes(error)
                        .anyMatch(cause -> cause.getClass().getSimpleName().equals("TornadoOutOfMemoryException"))
                || Stream.of("Unable to allocate", "ALLOCATION_FAILURE", "OUT_OF_RESOURCES", "OUT_OF_HOST_MEMORY")
                        .anyMatch(sign -> mentions(error, sign));
        if (memory) {
            return new BackendException(withoutMemory(device), error);
        }
        return new BackendException(
                "the kernel " + kernel + (compiling ? " does not compile for " : " failed on ") + device + " ("
                        + reason(error) + "); another backend, such as --backend jvm, does without it",
                error);
    }

    /** What to say of a device that gave no memory. */
    static String withoutMemory(String device) {
        return device + " did not give the memory asked for; ask for less with --device-memory";
    }

    /** Whether TornadoVM refused a kernel because the GPU has no tensor cores that it can use. */
    static boolean isMissingTensorCores(Throwable error) {
        return causes(error).anyMatch(cause -> cause.getClass().getSimpleName().equals("TornadoDeviceMMANotSupported"));
    }

    /** What TornadoVM, or the driver beneath it, says went wrong. */
    static String reason(Throwable error) {
        return firstLine(root(error));
    }

    private static boolean has(Throwable error, Class<? extends Throwable> type) {
        return causes(error).anyMatch(type::isInstance);
    }

    private static boolean mentions(Throwable error, String words) {
        return causes(error)
                .anyMatch(cause -> String.valueOf(cause.getMessage()).contains(words));
    }

    private static Throwable root(Throwable error) {
        return causes(error).reduce(error, (first, second) -> second);
    }

    private static Stream<Throwable> causes(Throwable error) {
        return Stream.<@Nullable Throwable>iterate(error, cause -> cause != null, cause -> cause.getCause())
                .map(cause -> (Throwable) cause);
    }

    /** The first line that says something, without the colours and the headings that TornadoVM puts around it. */
    private static String firstLine(Throwable error) {
        return String.valueOf(error.getMessage())
                .replaceAll("\u001B\\[[0-9;]*m", "")
                .lines()
                .map(line -> line.replaceFirst("^(Reason:|\\[(ERROR|Internal Error)])", "")
                        .strip())
                .filter(line -> !line.isEmpty() && !line.equals("null") && !line.equals("Bailout is disabled."))
                .findFirst()
                .orElseGet(() -> error.getClass().getSimpleName());
    }
}
