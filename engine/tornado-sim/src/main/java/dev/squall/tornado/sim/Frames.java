package dev.squall.tornado.sim;

import java.lang.reflect.Method;
import java.security.CodeSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Tells the frames of a kernel from those of the simulator and of the JDK. */
final class Frames {

    private static final @Nullable CodeSource SIMULATOR =
            Frames.class.getProtectionDomain().getCodeSource();

    private Frames() {}

    /** The innermost frame of a kernel or of a method it calls. */
    static @Nullable StackTraceElement kernelFrame(Throwable thrown, Method kernel) {
        ClassLoader loader = kernel.getDeclaringClass().getClassLoader();
        return Arrays.stream(thrown.getStackTrace())
                .filter(frame -> isKernel(frame, loader))
                .findFirst()
                .orElse(null);
    }

    private static boolean isKernel(StackTraceElement frame, ClassLoader loader) {
        try {
            return isKernel(Class.forName(frame.getClassName(), false, loader));
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    static boolean isKernel(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source != null && !source.equals(SIMULATOR);
    }
}
