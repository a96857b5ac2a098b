package dev.squall.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What this thread has used since: processor time, which neighbours do not lengthen, and memory on the heap. */
public final class Measured {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MOST_NANOS = 2_000_000_000L;
    private static final long MOST_BYTES = 512L << 20;

    private final long nanos = THREADS.getCurrentThreadCpuTime();
    private final long bytes = THREADS.getCurrentThreadAllocatedBytes();

    /** No more than two seconds and 512 MiB. */
    public void assertLittle() {
        assertThat(THREADS.getCurrentThreadCpuTime() - nanos)
                .as("nanoseconds of processor time")
                .isLessThan(MOST_NANOS);
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - bytes)
                .as("bytes allocated")
                .isLessThan(MOST_BYTES);
    }
}
