/**
 * A work-group simulator for TornadoVM kernels.
 *
 * <p>This module stands in for the few TornadoVM API types that Squall uses. It has their names and signatures, written
 * from the documented behaviour, so that everything compiles and is tested on a machine without TornadoVM, and the same
 * class files run unchanged on the real SDK. It is never shipped to users: with TornadoVM present the real
 * {@code tornado.api} module takes its place. Numba's CUDA simulator does the same for CUDA kernels.
 *
 * <p>A kernel runs here as plain Java, work-group after work-group, in a fixed order. The work-items of a group that uses
 * barriers run in lock-step phases, each on a virtual thread, one at a time. That makes every run repeatable and lets the
 * simulator find what a device hides: see {@link dev.squall.tornado.sim.KernelFault.Kind} for the list. Each fault
 * names the kernel, the work-item and the source line.
 *
 * <p>Device memory is separate from the host's, as on a GPU: memory that no transfer and no kernel has written holds NaN
 * (floats) or {@link java.lang.Integer#MIN_VALUE} (ints), so a forgotten transfer shows.
 */
@NullMarked
package dev.squall.tornado.sim;

import org.jspecify.annotations.NullMarked;
