package dev.squall.tresnet.serve;

import java.time.Duration;

/**
 * Where the service listens, and what it takes on.
 *
 * @param host a name or an address of this machine
 * @param port 0 for any that is free
 * @param batch most images that are computed at once
 * @param delay how long an image waits for others to be computed with
 * @param queue most images that are in work at a time, from their decoding to their answer
 * @param mostBodyBytes of one request
 * @param mostPixels of one picture
 * @param timeout how long a request may take to arrive, and how long it may then wait for its answer
 */
public record ServerOptions(
        String host,
        int port,
        int batch,
        Duration delay,
        int queue,
        long mostBodyBytes,
        long mostPixels,
        Duration timeout) {
    /** Of the command line. */
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1", 8080, 8, Duration.ofMillis(5), 256, 16 << 20, 50_000_000, Duration.ofSeconds(30));
}
