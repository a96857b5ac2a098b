package dev.squall.bench.device;

import dev.squall.backend.Backend;

/**
 * What is compared.
 *
 * @param device the TornadoVM backend
 * @param jvm the JVM backend, with a thread for each processor
 * @param openCl the same device without TornadoVM
 */
record Engines(Backend device, Backend jvm, OpenCl openCl) {}
