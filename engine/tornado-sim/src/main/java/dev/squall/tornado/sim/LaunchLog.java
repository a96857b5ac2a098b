package dev.squall.tornado.sim;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which kernels have been launched in this process, so that a test can tell which were not. */
public final class LaunchLog {
    private static final Set<String> KERNELS = ConcurrentHashMap.newKeySet();

    private LaunchLog() {}

    static void add(String kernel) {
        KERNELS.add(kernel);
    }

    /** The methods of all kernels that were launched, as {@code Class.method}. */
    public static Set<String> kernels() {
        return Set.copyOf(KERNELS);
    }
}
