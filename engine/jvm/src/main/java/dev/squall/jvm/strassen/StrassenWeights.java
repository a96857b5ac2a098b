package dev.squall.jvm.strassen;

import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Workspace;

/**
 * The weights of the seven products of {@link Strassen}: for each group of output channels of the left half, and as many of the right half, [products, half
 * of the input channels, 2 * lanes].
 */
public final class StrassenWeights implements PackedWeights {
    private final int groups;
    private final long productBytes;
    private final Allocator.Block memory;
    private final Allocator allocator;

    private StrassenWeights(int groups, long productBytes, Allocator.Block memory, Allocator allocator) {
        this.groups = groups;
        this.productBytes = productBytes;
        this.memory = memory;
        this.allocator = allocator;
    }

    /** Of a kernel of one element, with as many channels as {@link Strassen#pays} takes. */
    public static StrassenWeights pack(DirectWeights.Source source, Workspace workspace) {
        int groups = source.outputs() / (2 * Strassen.GROUP);
        long bytes = (long) source.inputs() / 2 * Strassen.GROUP * Float.BYTES;
        // Off a power of two, so that the products of a group do not fall into the same cache set.
        long productBytes = bytes + 5L * BlockedLayout.PIXEL_BYTES;
        Allocator.Block memory = workspace.scratch().allocate(groups * Strassen.PRODUCTS * productBytes);
        var packed = new StrassenWeights(groups, productBytes, memory, workspace.scratch());
        DirectWeights quarters =
                DirectWeights.pack(source, TapWindow.product(1, 1).taps(), workspace);
        workspace.pool().forEach(groups, group -> {
            long left = quarters.groups().get(group).weights();
            long right = quarters.groups().get(groups + group).weights();
            StrassenKernels.weights(left, right, bytes, packed.address(group, 0), productBytes);
        });
        quarters.free();
        return packed;
    }

    /** Groups of half of the output channels. */
    int groups() {
        return groups;
    }

    /** Address of the weights of a group for a product. */
    long address(int group, int product) {
        return memory.address() + ((long) group * Strassen.PRODUCTS + product) * productBytes;
    }

    @Override
    public void free() {
        allocator.free(memory);
    }
}
