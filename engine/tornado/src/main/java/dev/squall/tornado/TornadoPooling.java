package dev.squall.tornado;

import static dev.squall.tornado.kernel.PoolingKernels.AVERAGE;
import static dev.squall.tornado.kernel.PoolingKernels.AVERAGE_BACKWARD;
import static dev.squall.tornado.kernel.PoolingKernels.BLUR;
import static dev.squall.tornado.kernel.PoolingKernels.BLUR_BACKWARD;
import static dev.squall.tornado.kernel.PoolingKernels.DEPTH_TO_SPACE;
import static dev.squall.tornado.kernel.PoolingKernels.MAX;
import static dev.squall.tornado.kernel.PoolingKernels.MAX_BACKWARD;
import static dev.squall.tornado.kernel.PoolingKernels.SPACE_TO_DEPTH;
import static dev.squall.tornado.kernel.PoolingKernels.SPREAD;

import dev.squall.backend.PoolGeometry;
import dev.squall.backend.Pooling;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.layout.TornadoStorage;

/** Pooling primitives: one launch each, two for the global average. */
final class TornadoPooling implements Pooling {
    private final Launcher launcher;
    private final TornadoReduction reduction;

    TornadoPooling(Launcher launcher, TornadoReduction reduction) {
        this.launcher = launcher;
        this.reduction = reduction;
    }

    /** Launches one work-item for each vector of {@code result}, with the planes of {@code x} and {@code y} in the slots that all pooling kernels share. */
    private void over(Kernel kernel, Storage source, Storage result, Storage x, Storage y, int... more) {
        TornadoStorage to = TornadoStorage.of(result);
        int[] sizes = new int[8 + more.length];
        sizes[0] = to.vectors();
        sizes[1] = TornadoStorage.of(source).offset();
        sizes[2] = to.offset();
        sizes[3] = to.channelVectors();
        sizes[4] = x.shape().height();
        sizes[5] = x.shape().width();
        sizes[6] = y.shape().height();
        sizes[7] = y.shape().width();
        System.arraycopy(more, 0, sizes, 8, more.length);
        launcher.launch(kernel, TornadoStorage.places(source, result), to.vectors(), 1, sizes);
    }

    @Override
    public void blur(Storage x, Storage y) {
        over(BLUR, x, y, x, y);
    }

    @Override
    public void blurBackward(Storage dy, Storage dx) {
        over(BLUR_BACKWARD, dy, dx, dx, dy);
    }

    @Override
    public void spaceToDepth(Storage x, int block, Storage y) {
        over(
                SPACE_TO_DEPTH,
                x,
                y,
                x,
                y,
                block,
                x.shape().channels(),
                TornadoStorage.of(x).pixelFloats());
    }

    @Override
    public void depthToSpace(Storage y, int block, Storage x) {
        over(
                DEPTH_TO_SPACE,
                y,
                x,
                x,
                y,
                block,
                x.shape().channels(),
                TornadoStorage.of(y).pixelFloats());
    }

    @Override
    public void globalAverage(Storage x, Storage y) {
        reduction.channelMean(x, y);
    }

    @Override
    public void globalAverageBackward(Storage dy, Storage dx) {
        over(
                SPREAD,
                dy,
                dx,
                dx,
                dy,
                dx.shape().channels(),
                TornadoStorage.of(dy).imageFloats());
    }

    @Override
    public void average(Storage x, PoolGeometry geometry, Storage y) {
        over(AVERAGE, x, y, x, y, window(geometry, geometry.countPadding() ? 1 : 0));
    }

    @Override
    public void averageBackward(Storage dy, PoolGeometry geometry, Storage dx) {
        over(AVERAGE_BACKWARD, dy, dx, dx, dy, window(geometry, geometry.countPadding() ? 1 : 0));
    }

    @Override
    public void max(Storage x, PoolGeometry geometry, Storage y) {
        over(MAX, x, y, x, y, window(geometry, 0));
    }

    @Override
    public void maxBackward(Storage x, Storage dy, PoolGeometry geometry, Storage dx) {
        TornadoStorage to = TornadoStorage.of(dx);
        int floats = to.vectors() * TornadoStorage.LANES;
        int[] window = window(geometry, TornadoStorage.of(x).offset());
        int[] sizes = new int[8 + window.length];
        sizes[0] = floats;
        sizes[1] = TornadoStorage.of(dy).offset();
        sizes[2] = to.offset();
        sizes[3] = to.pixelFloats();
        sizes[4] = dx.shape().height();
        sizes[5] = dx.shape().width();
        sizes[6] = dy.shape().height();
        sizes[7] = dy.shape().width();
        System.arraycopy(window, 0, sizes, 8, window.length);
        launcher.launch(MAX_BACKWARD, TornadoStorage.places(x, dy, dx), floats, 1, sizes);
    }

    private static int[] window(PoolGeometry g, int last) {
        return new int[] {g.kernelH(), g.kernelW(), g.strideH(), g.strideW(), g.padH(), g.padW(), last};
    }
}
