package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Moving values into, out of and within the arena. One work-item moves one vector of eight floats.
 *
 * <pre>
 *   host array --transfer--&gt; staging --upload--&gt;  arena  --download--&gt; staging --transfer--&gt; host array
 * </pre>
 *
 * A transfer always moves whole objects, and the arena is far too large for that; hence the small staging array between.
 */
public final class MemoryKernels {
    private MemoryKernels() {}

    /** memory[to + i] = value. It is the first kernel of the plan: the only one that does not consume what another left in the arena. */
    public static final Kernel FILL = Kernel.line(
                    "fillVectors",
                    "sets a range of the arena to one value",
                    MemoryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MemoryKernels::fillVectors,
                            a.context(),
                            a.operand(0),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0);

    /** memory[to + i] = staging[i]. */
    public static final Kernel UPLOAD = Kernel.line(
                    "upload",
                    "copies values that came from the host into the arena",
                    MemoryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK, MemoryKernels::upload, a.context(), a.operand(0), a.sizes(), a.staging()),
                    Extra.FROM_HOST)
            .images(0);

    /** staging[i] = memory[from + i]. */
    public static final Kernel DOWNLOAD = Kernel.line(
                    "download",
                    "copies values from the arena to where the host fetches them",
                    MemoryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK, MemoryKernels::download, a.context(), a.operand(0), a.sizes(), a.staging()),
                    Extra.TO_HOST)
            .images(0);

    /** Sizes: 0 the number of vectors, 1 the first vector. Settings: 0 the value. */
    public static void fillVectors(KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            float v = settings.get(0);
            Float8s.store(memory, sizes.get(1), i, sizes.get(0), new Float8(v, v, v, v, v, v, v, v));
        }
    }

    /** Sizes: 0 the number of vectors, 1 the first vector in the arena. */
    public static void upload(KernelContext context, VectorFloat8 memory, IntArray sizes, VectorFloat8 staging) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8s.store(memory, sizes.get(1), i, sizes.get(0), Float8s.load(staging, 0, i, sizes.get(0)));
        }
    }

    /** Sizes: 0 the number of vectors, 1 the first vector in the arena. */
    public static void download(KernelContext context, VectorFloat8 memory, IntArray sizes, VectorFloat8 staging) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8s.store(staging, 0, i, sizes.get(0), Float8s.load(memory, sizes.get(1), i, sizes.get(0)));
        }
    }
}
