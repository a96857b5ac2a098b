package dev.squall.jvm.loop;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operands that are broadcast to the layout of an output, where that needs no copy of the whole: those of its shape and layout, single numbers, and one
 * value for each channel of images. Closing frees the memory that small operands were brought into.
 */
public final class Broadcast implements AutoCloseable {
    private final Workspace workspace;
    private final JvmStorage out;
    private final List<Operand> operands = new ArrayList<>();
    private final List<Allocator.Block> blocks = new ArrayList<>();
    private boolean fits = true;
    private boolean hasNumbers;

    /**
     * Where an operand lies.
     *
     * @param mask see {@link BinaryKernels}
     * @param channels null if it has no value for each channel
     */
    private record Operand(long address, int mask, @Nullable ChannelValues channels) {
        /** Where its values for the span at {@code offset}, which belongs to plane {@code plane}, begin. */
        long at(long offset, int plane, BlockedLayout layout) {
            if (channels == null) {
                return mask == BinaryKernels.EACH ? address + offset : address;
            }
            return address + (long) channels.at(plane / layout.blocks(), plane % layout.blocks()) * Float.BYTES;
        }
    }

    public Broadcast(Workspace workspace, Storage out, Storage... operands) {
        this.workspace = workspace;
        this.out = JvmStorage.of(out);
        for (Storage operand : operands) {
            add(JvmStorage.of(operand));
        }
    }

    private void add(JvmStorage x) {
        Shape shape = x.shape();
        if (shape.equals(out.shape()) && x.isBlocked() == out.isBlocked()) {
            operands.add(new Operand(x.address(), BinaryKernels.EACH, null));
        } else if (shape.elements() == 1) {
            float[] values = new float[BlockedLayout.BLOCK];
            Arrays.fill(values, Lanes.get(first(x)));
            operands.add(new Operand(copy(values), BinaryKernels.SAME, null));
            hasNumbers = true;
        } else if (out.isBlocked() && isPerChannel(shape)) {
            ChannelValues values = perChannel(x);
            operands.add(new Operand(copy(values.values()), BinaryKernels.SAME, values));
        } else {
            fits = false;
        }
    }

    private static long first(JvmStorage x) {
        return x.isBlocked() ? x.address() + x.layout().offset(0, 0, 0, 0) : x.address();
    }

    /** Whether it is {@code [C, 1, 1]} or {@code [N, C, 1, 1]} or {@code [1, C, 1, 1]} for images {@code [N, C, H, W]}. */
    private boolean isPerChannel(Shape shape) {
        int rank = shape.rank();
        return rank >= 3
                && shape.dim(-1) == 1
                && shape.dim(-2) == 1
                && shape.dim(-3) == out.shape().channels();
    }

    private ChannelValues perChannel(JvmStorage x) {
        int channels = out.shape().channels();
        float[] values = new float[x.shape().elements()];
        x.read(values, workspace.pool());
        int images = values.length / channels;
        int stride = BlockedLayout.blocksOf(channels) * BlockedLayout.BLOCK;
        float[] padded = new float[images * stride];
        for (int n = 0; n < images; n++) {
            System.arraycopy(values, n * channels, padded, n * stride, channels);
        }
        return new ChannelValues(padded, images, stride / BlockedLayout.BLOCK);
    }

    private long copy(float[] values) {
        Allocator.Block block = workspace.scratch().allocate((long) values.length * Float.BYTES);
        blocks.add(block);
        Lanes.write(block.address(), values, values.length);
        return block.address();
    }

    /** Whether all operands are of these kinds; if not, they have to be brought into one layout. */
    public boolean fits() {
        return fits;
    }

    /** Whether an operand has values in the padding channels too. */
    public boolean fillsPadding() {
        return hasNumbers;
    }

    public int mask(int operand) {
        return operands.get(operand).mask;
    }

    /** What is done to a span of the output. */
    @FunctionalInterface
    public interface Body {
        /** @param addresses where the values of each operand begin */
        void run(long[] addresses, long out, int bytes);
    }

    /** Runs {@code body} on every span. */
    public void forEach(Body body) {
        long target = out.address();
        int traffic = operands.size() + 1;
        if (operands.stream().allMatch(operand -> operand.channels == null)) {
            Spans.of(out)
                    .forEach(workspace.pool(), traffic, (at, bytes) -> body.run(addresses(at, 0), target + at, bytes));
            return;
        }
        BlockedLayout layout = out.layout();
        layout.forEachPlane(workspace.pool(), traffic, p -> {
            for (int y = 0; y < layout.height(); y++) {
                long at = layout.plane(p) + y * layout.rowBytes();
                body.run(addresses(at, p), target + at, layout.insideBytes());
            }
        });
    }

    private long[] addresses(long offset, int plane) {
        long[] addresses = new long[operands.size()];
        for (int k = 0; k < addresses.length; k++) {
            addresses[k] = out.isBlocked()
                    ? operands.get(k).at(offset, plane, out.layout())
                    : operands.get(k).mask == BinaryKernels.EACH
                            ? operands.get(k).address + offset
                            : operands.get(k).address;
        }
        return addresses;
    }

    @Override
    public void close() {
        blocks.forEach(workspace.scratch()::free);
    }
}
