package dev.squall.jvm;

import dev.squall.backend.Reduction;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.layout.Staging;
import dev.squall.jvm.layout.Staging.BlockedImages;
import dev.squall.jvm.loop.NormalisationKernels;
import dev.squall.jvm.loop.RowKernels;
import dev.squall.jvm.loop.RowMajor;
import dev.squall.jvm.loop.SumKernels;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** Reductions; sums are float sums over short stretches and double sums over those, always in the same order. */
final class JvmReduction implements Reduction {
    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Spans that one partial sum covers. */
    private static final int GROUP = 16;

    private final Workspace workspace;

    JvmReduction(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void reduce(Kind kind, Storage x, int[] dimensions, Storage out) {
        JvmStorage source = JvmStorage.of(x);
        float[] result = new float[out.shape().elements()];
        boolean sums = kind == Kind.SUM || kind == Kind.MEAN;
        if (sums && result.length == 1) {
            result[0] = (float) (total(source) / divisor(kind, x, out));
        } else if (sums && source.isBlocked() && isPlanes(dimensions)) {
            sumPlanes(source, divisor(kind, x, out), result);
        } else if (!source.isBlocked() && areLast(dimensions, x.shape().rank())) {
            int count = x.shape().elements() / result.length;
            double divisor = divisor(kind, x, out);
            long bytes = (long) count * Float.BYTES;
            workspace
                    .pool()
                    .forEachSized(
                            result.length,
                            bytes,
                            row -> result[row] =
                                    (float) (RowKernels.reduce(kind, source.address() + row * bytes, count) / divisor));
        } else {
            RowMajor.reduce(kind, read(x), result, RowMajor.Walk.without(dimensions, x.shape()));
        }
        JvmStorage.of(out).write(result, workspace.pool());
    }

    private double total(JvmStorage x) {
        long a = readable(x);
        return total(x, 1, (at, bytes, sums, to) -> SumKernels.sum(a + at, bytes, sums, to));
    }

    private static double divisor(Kind kind, Storage x, Storage out) {
        return kind == Kind.MEAN ? (double) x.shape().elements() / out.shape().elements() : 1;
    }

    /** Whether they are height and width, with or without the batch. */
    private static boolean isPlanes(int[] dimensions) {
        return Arrays.equals(dimensions, new int[] {2, 3}) || Arrays.equals(dimensions, new int[] {0, 2, 3});
    }

    /** Whether they are the last dimensions, which are neighbours in memory if it is row-major. */
    static boolean areLast(int[] dimensions, int rank) {
        return dimensions.length > 0 && dimensions[0] == rank - dimensions.length;
    }

    /** Sums of planes, or of those of all images if the result has only one for each channel. */
    private void sumPlanes(JvmStorage x, double divisor, float[] result) {
        BlockedLayout layout = x.layout();
        double[] sums = planeSums(workspace.pool(), new BlockedImages(x.address(), layout));
        boolean perImage = result.length == layout.images() * layout.channels();
        double[] wanted = perImage ? sums : ChannelValues.sumImages(sums, layout.images());
        int stride = layout.blocks() * BLOCK;
        for (int i = 0; i < result.length; i++) {
            int image = i / layout.channels();
            result[i] = (float) (wanted[image * stride + i % layout.channels()] / divisor);
        }
    }

    @Override
    public void indexOf(Kind kind, Storage x, int dimension, Storage out) {
        int inner = 1;
        for (int d = dimension + 1; d < x.shape().rank(); d++) {
            inner *= x.shape().dim(d);
        }
        float[] from = read(x);
        float[] best = new float[out.shape().elements()];
        float[] leading = new float[best.length];
        int size = x.shape().dim(dimension);
        float sign = kind == Kind.MAX ? 1f : -1f;
        for (int i = 0; i < from.length; i++) {
            int o = i / (inner * size) * inner + i % inner;
            int index = i / inner % size;
            float value = sign * from[i];
            boolean leads = !(value <= leading[o]) && !Float.isNaN(leading[o]);
            if (index == 0 || leads) {
                leading[o] = value;
                best[o] = index;
            }
        }
        JvmStorage.of(out).write(best, workspace.pool());
    }

    private float[] read(Storage x) {
        float[] values = new float[x.shape().elements()];
        JvmStorage.of(x).read(values, workspace.pool());
        return values;
    }

    @Override
    public void sum(Storage x, Storage out) {
        long a = readable(x);
        store(total(x, 1, (at, bytes, sums, to) -> SumKernels.sum(a + at, bytes, sums, to)), out);
    }

    @Override
    public void dot(Storage x, Storage y, Storage out) {
        long a = readable(x);
        long b = readable(y);
        store(total(x, 2, (at, bytes, sums, to) -> SumKernels.dot(a + at, b + at, bytes, sums, to)), out);
    }

    /** Adds the 16 lanes of a stretch to {@code sums[to ..]}. */
    private interface SpanSum {
        void run(long offset, int bytes, double[] sums, int to);
    }

    private double total(Storage x, int traffic, SpanSum kernel) {
        Spans spans = Spans.of(JvmStorage.of(x));
        int groups = Math.ceilDiv(spans.count(), GROUP);
        double[] sums = new double[groups * BLOCK];
        workspace.pool().forEachSized(groups, (long) GROUP * spans.bytes() * traffic, g -> {
            int end = Math.min(spans.count(), (g + 1) * GROUP);
            for (int i = g * GROUP; i < end; i++) {
                kernel.run(spans.offset(i), spans.bytes(i), sums, g * BLOCK);
            }
        });
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return total;
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        try (Staging staging = new Staging(workspace)) {
            writeChannels(planeSums(workspace.pool(), staging.in(x)), x, out);
        }
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        try (Staging staging = new Staging(workspace)) {
            BlockedImages a = staging.in(x);
            BlockedImages b = staging.in(y);
            BlockedLayout layout = a.layout();
            double[] sums = new double[layout.planes() * BLOCK];
            layout.forEachPlane(workspace.pool(), 2, p -> {
                for (int i = 0; i < layout.height(); i++) {
                    long row = i * layout.rowBytes();
                    SumKernels.dot(a.plane(p) + row, b.plane(p) + row, layout.insideBytes(), sums, p * BLOCK);
                }
            });
            writeChannels(sums, x, out);
        }
    }

    /** The sum of each plane: [images, blocks, 16]. */
    static double[] planeSums(WorkerPool pool, BlockedImages x) {
        BlockedLayout layout = x.layout();
        double[] sums = new double[layout.planes() * BLOCK];
        layout.forEachPlane(pool, 1, p -> {
            int rows = NormalisationKernels.rowsPerSum(layout);
            for (int i = 0; i < layout.height(); i += rows) {
                int bytes = bytesOfRows(layout, Math.min(rows, layout.height() - i));
                SumKernels.sum(x.plane(p) + i * layout.rowBytes(), bytes, sums, p * BLOCK);
            }
        });
        return sums;
    }

    /** From the first pixel of a row to the last of a later one. The zeros between rows are summed too: one long sum is faster than several short ones. */
    static int bytesOfRows(BlockedLayout layout, int rows) {
        return (int) ((rows - 1) * layout.rowBytes()) + layout.insideBytes();
    }

    private static void writeChannels(double[] planeSums, Storage x, Storage out) {
        boolean perImage = out.shape().rank() > 1;
        int images = x.shape().batch();
        ChannelValues.write(perImage ? planeSums : ChannelValues.sumImages(planeSums, images), JvmStorage.of(out));
    }

    private static void store(double value, Storage out) {
        Lanes.set(JvmStorage.of(out).address(), (float) value);
    }

    /** The address of {@code x}, whose last span can be summed as a whole. */
    private static long readable(Storage x) {
        JvmStorage storage = JvmStorage.of(x);
        storage.clearTail();
        return storage.address();
    }
}
