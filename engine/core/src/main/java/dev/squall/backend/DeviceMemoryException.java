package dev.squall.backend;

/** The memory of a device does not suffice. Whoever knows the network can say from the limit which batch would fit. */
public final class DeviceMemoryException extends BackendException {
    private static final long serialVersionUID = 1;

    private final long requestedBytes;
    private final long liveBytes;
    private final long limitBytes;

    /**
     * An allocation of {@code requestedBytes} has failed.
     *
     * @param liveBytes allocated before
     * @param limitBytes the most that may be allocated
     */
    public DeviceMemoryException(long requestedBytes, long liveBytes, long limitBytes) {
        this("the device memory", requestedBytes, liveBytes, limitBytes);
    }

    private DeviceMemoryException(String memory, long requestedBytes, long liveBytes, long limitBytes) {
        super(memory + " is exhausted: " + megabytes(requestedBytes) + " were asked for while "
                + megabytes(liveBytes) + " of " + megabytes(limitBytes)
                + " were in use; ask for more, or compute on fewer images at once");
        this.requestedBytes = requestedBytes;
        this.liveBytes = liveBytes;
        this.limitBytes = limitBytes;
    }

    /** The same for a backend that computes in the memory of the machine. */
    public static DeviceMemoryException ofHost(long requestedBytes, long liveBytes, long limitBytes) {
        return new DeviceMemoryException("the memory that this process may use", requestedBytes, liveBytes, limitBytes);
    }

    private static String megabytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + " MiB";
    }

    public long requestedBytes() {
        return requestedBytes;
    }

    public long liveBytes() {
        return liveBytes;
    }

    public long limitBytes() {
        return limitBytes;
    }
}
