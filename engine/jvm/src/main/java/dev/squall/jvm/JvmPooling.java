package dev.squall.jvm;

import static dev.squall.jvm.layout.BlockedLayout.PIXEL_BYTES;

import dev.squall.backend.PoolGeometry;
import dev.squall.backend.Pooling;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelCopy;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Staging.BlockedImages;
import dev.squall.jvm.loop.BlurKernels;
import dev.squall.jvm.loop.NormalisationKernels;
import dev.squall.jvm.loop.SumKernels;
import dev.squall.jvm.loop.WindowKernels;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Works plane by plane, so that no two threads write to one plane; backward passes of windows add up inside it. */
final class JvmPooling implements Pooling {
    private final Workspace workspace;

    JvmPooling(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void blur(Storage x, Storage y) {
        BlockedImages in = image(x);
        BlockedImages out = image(y);
        int height = out.layout().height();
        int width = out.layout().width();
        workspace
                .pool()
                .forEachSized(out.layout().planes() * height, 4L * in.layout().insideBytes(), i -> {
                    int p = i / height;
                    BlurKernels.forward(in.layout(), in.plane(p), i % height, 0, width, out.layout(), out.plane(p));
                });
    }

    @Override
    public void blurBackward(Storage dy, Storage dx) {
        BlockedImages in = image(dy);
        BlockedImages out = image(dx);
        int height = out.layout().height();
        workspace
                .pool()
                .forEachSized(out.layout().planes() * height, 3L * out.layout().insideBytes(), i -> {
                    int p = i / height;
                    BlurKernels.backward(in.layout(), in.plane(p), i % height, out.layout(), out.plane(p));
                });
    }

    @Override
    public void spaceToDepth(Storage x, int block, Storage y) {
        BlockedImages image = image(x);
        BlockedImages depth = image(y);
        forEachDepthRow(image, depth, block, false);
        depth.layout().clearPaddingChannels(depth.address());
    }

    @Override
    public void depthToSpace(Storage y, int block, Storage x) {
        BlockedImages image = image(x);
        BlockedImages depth = image(y);
        forEachDepthRow(image, depth, block, true);
        image.layout().clearPaddingChannels(image.address());
    }

    /**
     * Copies between pixel (i * block + bh, j * block + bw) and the channels (bh * block + bw) * C ... of pixel (i, j).
     */
    private void forEachDepthRow(BlockedImages image, BlockedImages depth, int block, boolean toSpace) {
        BlockedLayout wide = image.layout();
        BlockedLayout deep = depth.layout();
        int channels = wide.channels();
        ChannelCopy[][] copies = IntStream.range(0, block * block)
                .mapToObj(k -> toSpace
                        ? ChannelCopy.split(deep, k * channels, wide, 0, channels)
                        : ChannelCopy.split(wide, 0, deep, k * channels, channels))
                .toArray(ChannelCopy[][]::new);
        int height = deep.height();
        long bytes = 2L * deep.insideBytes() * deep.blocks();
        workspace.pool().forEachSized(deep.images() * height, bytes, row -> {
            int n = row / height;
            int i = row % height;
            for (int k = 0; k < copies.length; k++) {
                long space = image.address() + wide.offset(n, 0, i * block + k / block, k % block);
                long stack = depth.address() + deep.offset(n, 0, i, 0);
                for (ChannelCopy copy : copies[k]) {
                    if (toSpace) {
                        copy.row(stack, PIXEL_BYTES, space, block * PIXEL_BYTES, deep.width());
                    } else {
                        copy.row(space, block * PIXEL_BYTES, stack, PIXEL_BYTES, deep.width());
                    }
                }
            }
        });
    }

    @Override
    public void globalAverage(Storage x, Storage y) {
        BlockedImages in = image(x);
        BlockedLayout layout = in.layout();
        JvmStorage means = JvmStorage.of(y);
        double factor = 1.0 / x.shape().plane();
        double[] gathered = JvmStorage.of(x).planeSums();
        if (gathered != null) {
            ChannelValues.write(gathered, factor, means);
            return;
        }
        boolean isFull = layout.channels() % BlockedLayout.BLOCK == 0;
        if (isFull && NormalisationKernels.rowsPerSum(layout) == layout.height()) {
            // Planes so small that their sum stays in float.
            int bytes = JvmReduction.bytesOfRows(layout, layout.height());
            layout.forEachPlane(workspace.pool(), 1, p -> {
                long to = means.address()
                        + (means.isBlocked() ? means.layout().plane(p) : (long) p * BlockedLayout.PIXEL_BYTES);
                SumKernels.scaledSum(in.plane(p), bytes, (float) factor, to);
            });
            return;
        }
        ChannelValues.write(JvmReduction.planeSums(workspace.pool(), in), factor, means);
    }

    @Override
    public void globalAverageBackward(Storage dy, Storage dx) {
        BlockedImages out = image(dx);
        BlockedLayout layout = out.layout();
        ChannelValues gradient = ChannelValues.read(JvmStorage.of(dy));
        float perPixel = 1f / dx.shape().plane();
        layout.forEachPlane(workspace.pool(), 1, p -> {
            int at = gradient.at(p / layout.blocks(), p % layout.blocks());
            WindowKernels.fill(gradient.values(), at, perPixel, layout, out.plane(p));
        });
    }

    @Override
    public void average(Storage x, PoolGeometry geometry, Storage y) {
        BlockedImages in = image(x);
        BlockedImages out = image(y);
        WindowKernels kernels = new WindowKernels(geometry, in.layout(), out.layout());
        forEachPlane(kernels, p -> kernels.average(in.plane(p), out.plane(p)));
    }

    @Override
    public void averageBackward(Storage dy, PoolGeometry geometry, Storage dx) {
        BlockedImages in = image(dx);
        BlockedImages out = image(dy);
        WindowKernels kernels = new WindowKernels(geometry, in.layout(), out.layout());
        forEachPlane(kernels, p -> kernels.averageBackward(out.plane(p), in.plane(p)));
    }

    @Override
    public void max(Storage x, PoolGeometry geometry, Storage y) {
        BlockedImages in = image(x);
        BlockedImages out = image(y);
        WindowKernels kernels = new WindowKernels(geometry, in.layout(), out.layout());
        forEachPlane(kernels, p -> kernels.max(in.plane(p), out.plane(p)));
    }

    @Override
    public void maxBackward(Storage x, Storage dy, PoolGeometry geometry, Storage dx) {
        BlockedImages from = image(x);
        BlockedImages in = image(dx);
        BlockedImages out = image(dy);
        WindowKernels kernels = new WindowKernels(geometry, in.layout(), out.layout());
        forEachPlane(kernels, p -> kernels.maxBackward(from.plane(p), out.plane(p), in.plane(p)));
    }

    private void forEachPlane(WindowKernels kernels, IntConsumer body) {
        workspace.pool().forEachSized(kernels.in().planes(), kernels.traffic(), body);
    }

    private static BlockedImages image(Storage storage) {
        JvmStorage blocked = JvmStorage.of(storage);
        return new BlockedImages(blocked.address(), blocked.layout());
    }
}
