package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat4;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/**
 * Four neighbouring floats of an arena, the first of them a multiple of four, in kernels for GPUs.
 *
 * <p>TornadoVM 5.2 computes one address for a {@link Float4}, where four floats of their own take four; on PTX an address is four instructions. The read itself is one
 * of 16 bytes in OpenCL C. On PTX and CUDA it stays four reads of a float: TornadoVM takes vectors apart there, because it does not know of its arrays that they begin at
 * a multiple of 16. Only lanes of a quad are to be used: TornadoVM never makes a multiply-add of vectors on PTX.
 */
final class Quads {
    private Quads() {}

    /** Floats {@code 4 * quad} to {@code 4 * quad + 3}. */
    static Float4 get(FloatArray floats, int quad) {
        return new VectorFloat4(floats).get(quad);
    }
}
