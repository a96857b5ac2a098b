/**
 * The pure-JVM backend: Vector API kernels on off-heap memory.
 *
 * <p>Images live in {@link dev.squall.jvm.BlockedLayout}, channel-blocked with a halo of zeros; weights stay row-major and are
 * packed, once per version, into the order a kernel reads them. {@link dev.squall.jvm.TileKernels} generates the one
 * register-tile loop that every dense product runs on; {@link dev.squall.jvm.WorkerPool} shares the work.
 */
@NullMarked
package dev.squall.jvm;

import org.jspecify.annotations.NullMarked;
