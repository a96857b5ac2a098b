package dev.squall.jvm;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.jvm.convolution.DepthwiseConvolution;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.loop.SumKernels;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * Keeps what is not finite within its group. Where groups do not fill blocks of channels, tiles take neighbours together, with zeros where no weight is,
 * and zero times NaN or infinity is NaN. So if the input of such a convolution holds one, each group is computed with zeros in place of all others.
 */
final class SeparateGroups {
    private final Movement movement;
    private final Workspace workspace;
    private final int groups;

    SeparateGroups(ConvGeometry geometry, Workspace workspace) {
        this.movement = new JvmMovement(workspace);
        this.workspace = workspace;
        this.groups = geometry.groups();
    }

    /**
     * Whether groups have to be computed apart.
     *
     * @param x the images, or the gradient, that is convolved
     * @param outputs of the convolution, in all groups
     */
    boolean areNeeded(Storage x, int outputs) {
        return share(x, outputs) && !isFinite(JvmStorage.of(x));
    }

    /** Whether tiles take neighbouring groups together. */
    private boolean share(Storage x, int outputs) {
        int each = x.shape().channels() / groups;
        return groups > 1
                && (each % BlockedLayout.BLOCK > 0 || outputs / groups % BlockedLayout.BLOCK > 0)
                && !DepthwiseConvolution.applies(groups, each, outputs / groups);
    }

    /**
     * Fills y. Where that is smaller than x, it is looked at in its place, after the groups were computed together: a NaN that came from another group is
     * there, and so is what is not finite in a group itself, unless an activation made it finite, which does no harm. The look at x took 3 % of MixNet-L's time, since
     * a projection reads six times what it writes.
     *
     * @param isRepeatable whether y may be computed twice: nothing else is written, and y is not read
     * @param together computes all groups at once
     * @param convolve writes all outputs of its first argument to its second one
     * @return whether groups were computed apart
     */
    boolean fill(Storage x, Storage y, boolean isRepeatable, Runnable together, BiConsumer<Storage, Storage> convolve) {
        if (!share(x, y.shape().channels())) {
            together.run();
            return false;
        }
        boolean isBehind = isRepeatable && y.bytes() < x.bytes();
        boolean isFinite = isBehind || isFinite(JvmStorage.of(x));
        if (isFinite) {
            together.run();
        }
        if (isFinite && (!isBehind || isFinite(JvmStorage.of(y)))) {
            return false;
        }
        run(x, y, convolve);
        return true;
    }

    private boolean isFinite(JvmStorage x) {
        AtomicBoolean finite = new AtomicBoolean(true);
        Spans.of(x).forEach(workspace.pool(), 1, (offset, bytes) -> {
            if (!SumKernels.isFinite(x.address() + offset, bytes)) {
                finite.set(false);
            }
        });
        return finite.get();
    }

    private void run(Storage x, Storage y, BiConsumer<Storage, Storage> convolve) {
        Storage alone = x.memory().allocate(x.shape(), x.role());
        Storage result = y.memory().allocate(y.shape(), y.role());
        try {
            for (int group = 0; group < groups; group++) {
                x.memory().fill(alone, 0f);
                copy(x, alone, group);
                convolve.accept(alone, result);
                copy(result, y, group);
            }
        } finally {
            x.memory().free(alone);
            y.memory().free(result);
        }
    }

    private void copy(Storage from, Storage to, int group) {
        Shape shape = from.shape();
        int each = shape.channels() / groups;
        Region channels = Region.of(shape).sliced(1, group * each, 1, each);
        movement.copy(from, channels, to, channels);
    }
}
