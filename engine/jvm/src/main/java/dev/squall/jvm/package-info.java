/**
 * The pure-JVM backend: Vector API kernels on off-heap memory. Here is its front, the backend and one class for each family of primitives, which
 * chooses how an operation is computed. The rooms behind it are for these only, and each uses none but those below it:
 *
 * <pre>
 * winograd             3x3 convolutions with fewer multiplications
 * strassen             1x1 convolutions and products of large matrices, likewise
 * convolution          all other convolutions, and weight gradients
 * tile      loop       register tiles as generated code; loops over memory
 * layout               where the elements of a tensor lie
 * runtime              threads, memory, vectors
 * </pre>
 *
 * <p>Images live in {@link dev.squall.jvm.layout.BlockedLayout}, channel-blocked with a halo of zeros; weights stay row-major and are
 * packed, once per version, into the order a kernel reads them. {@link dev.squall.jvm.tile.TileKernels} generates the one
 * register-tile loop that every dense product runs on; {@link dev.squall.jvm.runtime.WorkerPool} shares the work.
 *
 * <p>Results do not depend on the number of threads, but in their last bits on the width of the processor's vectors (AVX2 or AVX-512), which
 * {@link dev.squall.jvm.runtime.Lanes#COUNT} says: a sum has as many parts as a vector has elements.
 */
@NullMarked
package dev.squall.jvm;

import org.jspecify.annotations.NullMarked;
