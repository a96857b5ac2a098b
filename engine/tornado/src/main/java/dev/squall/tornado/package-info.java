/**
 * The TornadoVM backend: every primitive a Java kernel that TornadoVM compiles at run time, for whatever device it finds.
 *
 * <p>How it works, in four pieces:
 *
 * <pre>
 *   TornadoBackend            the contract's families; each primitive is one or two launches
 *        |
 *   Device.launch(kernel, grid, sizes and offsets)
 *        |                                               one task graph per kernel, all in one execution plan:
 *   Kernel   name, purpose, how its method is bound      compiled at its first launch, for all shapes that follow
 *        |
 *   Arena    one array on the device; a tensor is an offset into it
 * </pre>
 *
 * Layout: images are {@code [N][H][W][C8]}, channels last, with C8 = C rounded up to a multiple of 8 and zeros in the channels that do
 * not exist; everything else is row-major. The first elements of the arena are zeros for ever: a window that looks over the
 * edge of an image reads there.
 */
@NullMarked
package dev.squall.tornado;

import org.jspecify.annotations.NullMarked;
