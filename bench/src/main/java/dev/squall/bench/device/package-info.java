/**
 * How fast the TornadoVM backend is on this machine's device: beside a matrix product written by hand in OpenCL C, beside the JVM backend,
 * and, for kernels that fuse several steps, beside the same steps one by one. One command prints the table:
 *
 * <pre>{@code bench/bin/device [--only TEXT] [--rounds N] [--device N]}</pre>
 */
@NullMarked
package dev.squall.bench.device;

import org.jspecify.annotations.NullMarked;
