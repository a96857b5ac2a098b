package dev.squall.bench.peers;

import java.util.Map;

/** One engine, ready to do the work of one row again and again. */
interface Contender extends AutoCloseable {
    /** The name of the one that all others are compared with. */
    String OURS = "squall";

    /** The engine and its settings. */
    String name();

    /** Does the work once. */
    void run();

    /** What the latest run computed, by name, row-major (NCHW). */
    Map<String, float[]> results();

    /** What the latest run computed as the gradients of a network's parameters, by their names. */
    default Map<String, float[]> gradients() {
        return Map.of();
    }

    @Override
    void close();
}
