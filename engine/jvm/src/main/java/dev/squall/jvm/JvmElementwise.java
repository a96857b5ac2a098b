package dev.squall.jvm;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.DropoutMask;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Unary;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelCopy;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.layout.Staging;
import dev.squall.jvm.layout.Staging.BlockedImages;
import dev.squall.jvm.loop.ActivationKernels;
import dev.squall.jvm.loop.BinaryKernels;
import dev.squall.jvm.loop.Broadcast;
import dev.squall.jvm.loop.ElementwiseKernels;
import dev.squall.jvm.loop.RowMajor;
import dev.squall.jvm.loop.UnaryKernels;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;

/** Goes over the spans of the operands, or over planes where a value per channel joins in. */
final class JvmElementwise implements Elementwise {
    private final Workspace workspace;

    JvmElementwise(Workspace workspace) {
        this.workspace = workspace;
    }

    /** out = value everywhere. */
    void fill(float value, Storage out) {
        JvmStorage target = JvmStorage.of(out);
        long o = address(out);
        Spans.of(target).forEach(workspace.pool(), 1, (at, bytes) -> ElementwiseKernels.fill(value, o + at, bytes));
        clearPaddingChannels(target);
    }

    /** out += x; roles may differ. */
    void accumulate(Storage x, Storage out) {
        if (sameLayout(x, out)) {
            axpby(1f, x, 1f, out, out);
            return;
        }
        float[] sum = read(out);
        float[] addend = read(x);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += addend[i];
        }
        JvmStorage.of(out).write(sum, workspace.pool());
    }

    @Override
    public void unary(Unary f, Storage x, Storage out) {
        long a = address(x);
        long o = address(out);
        spans(out).forEach(workspace.pool(), 4, (at, bytes) -> UnaryKernels.apply(f, a + at, o + at, bytes));
        if (!f.keepsZero()) {
            clearPaddingChannels(JvmStorage.of(out));
        }
    }

    @Override
    public void unaryBackward(Unary f, Storage saved, Storage dy, Storage dx) {
        long s = address(saved);
        long g = address(dy);
        long o = address(dx);
        spans(dx)
                .forEach(
                        workspace.pool(),
                        4,
                        (at, bytes) -> UnaryKernels.applyBackward(f, s + at, g + at, o + at, bytes));
        // Where the slope at 0 is infinite, it makes a NaN of the zeros there.
        clearPaddingChannels(JvmStorage.of(dx));
    }

    @Override
    public void binary(Binary f, Storage x, Storage y, Storage out) {
        if (isLike(x, out) && isLike(y, out)) {
            switch (f) {
                case ADD -> {
                    axpby(1f, x, 1f, y, out);
                    return;
                }
                case SUBTRACT -> {
                    axpby(1f, x, -1f, y, out);
                    return;
                }
                case MULTIPLY -> {
                    multiply(x, y, out);
                    return;
                }
                default -> {
                    // The others have loops for operands alike and broadcast.
                }
            }
        }
        try (Broadcast broadcast = new Broadcast(workspace, out, x, y)) {
            if (broadcast.fits()) {
                int maskX = broadcast.mask(0);
                int maskY = broadcast.mask(1);
                broadcast.forEach(
                        (from, to, bytes) -> BinaryKernels.apply(f, from[0], maskX, from[1], maskY, to, bytes));
                if (broadcast.fillsPadding() || !BinaryKernels.keepsZero(f)) {
                    clearPaddingChannels(JvmStorage.of(out));
                }
                return;
            }
        }
        float[] result = new float[out.shape().elements()];
        RowMajor.binary(f, read(x), read(y), result, RowMajor.Walk.broadcast(out.shape(), x.shape(), y.shape()));
        JvmStorage.of(out).write(result, workspace.pool());
    }

    @Override
    public void where(Storage condition, Storage x, Storage y, Storage out) {
        try (Broadcast broadcast = new Broadcast(workspace, out, condition, x, y)) {
            if (broadcast.fits()) {
                broadcast.forEach((from, to, bytes) -> BinaryKernels.where(
                        from[0], broadcast.mask(0), from[1], broadcast.mask(1), from[2], broadcast.mask(2), to, bytes));
                if (broadcast.fillsPadding()) {
                    clearPaddingChannels(JvmStorage.of(out));
                }
                return;
            }
        }
        float[] result = new float[out.shape().elements()];
        RowMajor.where(
                read(condition),
                read(x),
                read(y),
                result,
                RowMajor.Walk.broadcast(out.shape(), condition.shape(), x.shape(), y.shape()));
        JvmStorage.of(out).write(result, workspace.pool());
    }

    @Override
    public void copy(Storage x, Storage out) {
        if (!sameLayout(x, out)) {
            reshape(x, out);
        } else if (x != out) {
            long a = address(x);
            long o = address(out);
            spans(out).forEach(workspace.pool(), 2, (at, bytes) -> Lanes.copy(a + at, o + at, bytes));
        }
    }

    @Override
    public void reshape(Storage x, Storage out) {
        JvmStorage source = JvmStorage.of(x);
        JvmStorage target = JvmStorage.of(out);
        if (source.isBlocked() || target.isBlocked()) {
            target.write(read(source), workspace.pool());
        } else {
            Lanes.copy(source.address(), address(out), (long) x.shape().elements() * Float.BYTES);
        }
    }

    @Override
    public void scale(float alpha, Storage x, Storage out) {
        long a = address(x);
        long o = address(out);
        spans(out).forEach(workspace.pool(), 2, (at, bytes) -> ElementwiseKernels.scale(alpha, a + at, o + at, bytes));
    }

    @Override
    public void scaleBy(Storage factor, float alpha, Storage x, Storage out) {
        scale(alpha * Lanes.get(address(factor)), x, out);
    }

    @Override
    public void broadcast(Storage value, float alpha, Storage out) {
        fill(alpha * Lanes.get(address(value)), out);
    }

    @Override
    public void axpby(float alpha, Storage x, float beta, Storage y, Storage out) {
        long a = address(x);
        long b = address(y);
        long o = address(out);
        spans(out)
                .forEach(
                        workspace.pool(),
                        3,
                        (at, bytes) -> ElementwiseKernels.axpby(alpha, a + at, beta, b + at, o + at, bytes));
    }

    @Override
    public void multiply(Storage x, Storage y, Storage out) {
        long a = address(x);
        long b = address(y);
        long o = address(out);
        spans(out)
                .forEach(
                        workspace.pool(), 3, (at, bytes) -> ElementwiseKernels.multiply(a + at, b + at, o + at, bytes));
    }

    @Override
    public void addRelu(Storage x, Storage y, Storage out) {
        long a = address(x);
        long b = address(y);
        long o = address(out);
        spans(out)
                .forEach(workspace.pool(), 3, (at, bytes) -> ElementwiseKernels.addRelu(a + at, b + at, o + at, bytes));
    }

    @Override
    public void exciteAddRelu(Storage x, Storage s, Storage y, Storage out) {
        ChannelValues values = ChannelValues.read(JvmStorage.of(s));
        try (Staging staging = new Staging(workspace)) {
            BlockedImages in = staging.in(x);
            BlockedImages addend = staging.in(y);
            BlockedImages to = staging.out(out);
            BlockedLayout layout = in.layout();
            layout.forEachPlane(workspace.pool(), 3, p -> {
                int at = values.at(p / layout.blocks(), p % layout.blocks());
                ElementwiseKernels.exciteAddRelu(
                        layout, in.plane(p), values.values(), at, addend.plane(p), to.plane(p));
            });
        }
    }

    @Override
    public void activate(Activation f, Storage x, Storage out) {
        long a = address(x);
        long o = address(out);
        Spans spans = spans(out);
        switch (f.kind()) {
            case IDENTITY -> copy(x, out);
            case RELU ->
                spans.forEach(workspace.pool(), 2, (at, bytes) -> ElementwiseKernels.relu(a + at, o + at, bytes));
            case LEAKY_RELU ->
                spans.forEach(
                        workspace.pool(),
                        2,
                        (at, bytes) -> ElementwiseKernels.leakyRelu(f.slope(), a + at, o + at, bytes));
            case SIGMOID -> {
                spans.forEach(workspace.pool(), 4, (at, bytes) -> ElementwiseKernels.sigmoid(a + at, o + at, bytes));
                clearPaddingChannels(JvmStorage.of(out));
            }
            case SILU ->
                spans.forEach(workspace.pool(), 4, (at, bytes) -> ElementwiseKernels.silu(a + at, o + at, bytes));
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> {
                spans.forEach(
                        workspace.pool(),
                        4,
                        (at, bytes) -> ActivationKernels.activate(f.kind(), a + at, o + at, bytes));
                if (!f.keepsZero()) {
                    clearPaddingChannels(JvmStorage.of(out));
                }
            }
        }
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx) {
        long s = address(saved);
        long g = address(dy);
        long o = address(dx);
        Spans spans = spans(dx);
        switch (f.kind()) {
            case IDENTITY -> copy(dy, dx);
            case RELU, LEAKY_RELU ->
                spans.forEach(
                        workspace.pool(),
                        3,
                        (at, bytes) -> ElementwiseKernels.leakyReluBackward(f.slope(), s + at, g + at, o + at, bytes));
            case SIGMOID ->
                spans.forEach(
                        workspace.pool(),
                        3,
                        (at, bytes) -> ElementwiseKernels.sigmoidBackward(s + at, g + at, o + at, bytes));
            case SILU ->
                spans.forEach(
                        workspace.pool(),
                        5,
                        (at, bytes) -> ElementwiseKernels.siluBackward(s + at, g + at, o + at, bytes));
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH ->
                spans.forEach(
                        workspace.pool(),
                        5,
                        (at, bytes) -> ActivationKernels.activateBackward(f.kind(), s + at, g + at, o + at, bytes));
        }
    }

    @Override
    public void multiplyChannels(Storage x, Storage s, Storage out) {
        perChannel(x, s, out, ElementwiseKernels::multiplyChannels);
    }

    @Override
    public void addChannels(Storage x, Storage s, Storage out) {
        perChannel(x, s, out, ElementwiseKernels::addChannels);
    }

    /** A kernel on one plane and its block of 16 channel values. */
    private interface PlaneKernel {
        void run(BlockedLayout layout, long x, float[] s, int at, long out);
    }

    private void perChannel(Storage x, Storage s, Storage out, PlaneKernel kernel) {
        ChannelValues values = ChannelValues.read(JvmStorage.of(s));
        try (Staging staging = new Staging(workspace)) {
            BlockedImages in = staging.in(x);
            BlockedImages to = staging.out(out);
            BlockedLayout layout = in.layout();
            layout.forEachPlane(workspace.pool(), 2, p -> {
                int at = values.at(p / layout.blocks(), p % layout.blocks());
                kernel.run(layout, in.plane(p), values.values(), at, to.plane(p));
            });
        }
    }

    @Override
    public void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count) {
        JvmStorage source = JvmStorage.of(x);
        JvmStorage target = JvmStorage.of(out);
        if (source.isBlocked()) {
            copyBlockedChannels(source, fromChannel, target, toChannel, count);
            if (toChannel + count == out.shape().channels()) {
                clearPaddingChannels(target);
            }
            return;
        }
        long pixels = (long) x.shape().plane() * Float.BYTES;
        for (int n = 0; n < x.shape().batch(); n++) {
            long from = source.address() + (n * (long) x.shape().channels() + fromChannel) * pixels;
            long to = target.address() + (n * (long) out.shape().channels() + toChannel) * pixels;
            Lanes.copy(from, to, count * pixels);
        }
    }

    private void copyBlockedChannels(JvmStorage x, int fromChannel, JvmStorage out, int toChannel, int count) {
        BlockedLayout from = x.layout();
        BlockedLayout to = out.layout();
        ChannelCopy[] copies = ChannelCopy.split(from, fromChannel, to, toChannel, count);
        long bytes = 2 * from.planeBytes() * copies.length / from.height();
        workspace.pool().forEachSized(from.images() * from.height(), bytes, i -> {
            int n = i / from.height();
            int y = i % from.height();
            for (ChannelCopy copy : copies) {
                copy.row(
                        x.address() + from.offset(n, 0, y, 0),
                        BlockedLayout.PIXEL_BYTES,
                        out.address() + to.offset(n, 0, y, 0),
                        BlockedLayout.PIXEL_BYTES,
                        from.width());
            }
        });
        if (toChannel + count == to.channels()) {
            // In fresh memory nobody has written the channels that only fill up the block, and sums run over them.
            clearPaddingChannels(out);
        }
    }

    @Override
    public void dropout(Storage x, float p, long seed, Storage out) {
        JvmStorage source = JvmStorage.of(x);
        JvmStorage target = JvmStorage.of(out);
        int folded = DropoutMask.fold(seed);
        float scale = 1f / (1f - p);
        if (!target.isBlocked()) {
            for (int i = 0; i < out.shape().elements(); i++) {
                long at = (long) i * Float.BYTES;
                drop(folded, i, p, scale, source.address() + at, target.address() + at);
            }
            return;
        }
        BlockedLayout layout = target.layout();
        int plane = layout.height() * layout.width();
        layout.forEachPlane(workspace.pool(), 4, q -> {
            int block = q % layout.blocks();
            int firstChannel = q / layout.blocks() * layout.channels() + block * BlockedLayout.BLOCK;
            for (int lane = 0; lane < BlockedLayout.BLOCK && layout.exists(block, lane); lane++) {
                for (int y = 0; y < layout.height(); y++) {
                    long at = layout.plane(q) + y * layout.rowBytes() + (long) lane * Float.BYTES;
                    int row = (firstChannel + lane) * plane + y * layout.width();
                    for (int i = 0; i < layout.width(); i++, at += BlockedLayout.PIXEL_BYTES) {
                        drop(folded, row + i, p, scale, source.address() + at, target.address() + at);
                    }
                }
            }
        });
        layout.clearPaddingChannels(target.address());
    }

    private static void drop(int folded, int index, float p, float scale, long from, long to) {
        Lanes.set(to, DropoutMask.uniform(folded, index) < p ? 0f : Lanes.get(from) * scale);
    }

    private static void clearPaddingChannels(JvmStorage storage) {
        if (storage.isBlocked()) {
            storage.layout().clearPaddingChannels(storage.address());
        }
    }

    private static long address(Storage storage) {
        return JvmStorage.of(storage).address();
    }

    private static Spans spans(Storage storage) {
        return Spans.of(JvmStorage.of(storage));
    }

    private static boolean isLike(Storage x, Storage out) {
        return x.shape().equals(out.shape()) && sameLayout(x, out);
    }

    private static boolean sameLayout(Storage x, Storage y) {
        return JvmStorage.of(x).isBlocked() == JvmStorage.of(y).isBlocked();
    }

    private float[] read(Storage x) {
        float[] values = new float[x.shape().elements()];
        JvmStorage.of(x).read(values, workspace.pool());
        return values;
    }
}
