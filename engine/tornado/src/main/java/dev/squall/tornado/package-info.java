/**
 * The TornadoVM backend: every primitive a Java kernel that TornadoVM compiles at run time, for whatever device it finds.
 *
 * <p>How it works, in four rooms; each may use those below it:
 *
 * <pre>
 *   (this)    the backend: one class for each family of primitives; each primitive is one or two launches
 *      |
 *   layout    where a tensor's elements lie in its arena, and weights packed for the kernels        listing   kernels to be read
 *      |                                                                                              |
 *   device    launches: one task graph for each kernel, all in one execution plan, compiled at its first launch for all shapes that follow;
 *      |      arenas: one array on the device, or several of 8 GB each, and a tensor is an offset into one of them
 *   kernel    what runs on the device, and for each kernel its name, its purpose and how its method is bound
 * </pre>
 *
 * Layout: images are {@code [N][H][W][C8]}, channels last, with C8 = C rounded up to a multiple of 8 and zeros in the channels that do
 * not exist; everything else is row-major. The first elements of each arena are zeros for ever: a window that looks over the
 * edge of an image reads there.
 */
@NullMarked
package dev.squall.tornado;

import org.jspecify.annotations.NullMarked;
