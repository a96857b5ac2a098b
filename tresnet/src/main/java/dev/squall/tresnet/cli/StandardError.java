package dev.squall.tresnet.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Gives the process its standard error back. The launcher lets what Java says at its start go through a filter, and keeps the real one
 * under another descriptor.
 */
final class StandardError {
    private static final String KEPT = "tresnet.stderr";
    private static final int STANDARD_ERROR = 2;

    private StandardError() {}

    /** Does so if the launcher kept it; the filter hands on whatever is still written to it. */
    static void restore() {
        @Nullable Integer kept = Integer.getInteger(KEPT);
        if (kept == null) {
            return;
        }
        try {
            Linker linker = Linker.nativeLinker();
            MemorySegment dup2 = linker.defaultLookup().findOrThrow("dup2");
            FunctionDescriptor twoInts =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
            int unused = (int) linker.downcallHandle(dup2, twoInts).invokeExact((int) kept, STANDARD_ERROR);
        } catch (Throwable e) {
            // Errors take the way through the filter, then.
        }
    }
}
