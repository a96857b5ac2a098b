package dev.squall.jvm.strassen;

import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.strassen.StrassenKernels.Quarters;

/**
 * The forms of weights, see {@link Strassen}: for each group of output channels of the left half, and as many of the right half, [forms, half of the
 * input channels, 2 * lanes].
 */
public final class StrassenWeights implements PackedWeights {
    private static final int GROUP_BYTES = Strassen.GROUP * Float.BYTES;

    private final int groups;
    private final long formBytes;
    private final Allocator.Block memory;
    private final Allocator allocator;

    private StrassenWeights(int groups, long formBytes, Allocator.Block memory, Allocator allocator) {
        this.groups = groups;
        this.formBytes = formBytes;
        this.memory = memory;
        this.allocator = allocator;
    }

    /** Of a kernel of one element, with as many channels as {@link Strassen#pays} takes. */
    public static StrassenWeights pack(DirectWeights.Source source, Workspace workspace) {
        int groups = source.outputs() / (2 * Strassen.GROUP);
        int rows = source.inputs() / 2;
        long bytes = (long) rows * GROUP_BYTES;
        // Off a power of two, so that the forms of a group do not fall into the same cache set.
        long formBytes = bytes + 5L * BlockedLayout.PIXEL_BYTES;
        Allocator.Block memory = workspace.scratch().allocate(groups * Strassen.PRODUCTS * formBytes);
        var packed = new StrassenWeights(groups, formBytes, memory, workspace.scratch());
        if (source.transposed()) {
            long[] vectors = vectors(rows, source.inputBytes());
            workspace.pool().forEach(groups, group -> {
                long left = source.kernel(group * Strassen.GROUP, 0);
                long right = source.kernel((groups + group) * Strassen.GROUP, 0);
                packed.forms(group, left, right, rows * source.inputBytes(), vectors);
            });
            return packed;
        }
        DirectWeights quarters =
                DirectWeights.pack(source, TapWindow.product(1, 1).taps(), workspace);
        long[] vectors = vectors(rows, GROUP_BYTES);
        workspace.pool().forEach(groups, group -> {
            long left = quarters.groups().get(group).weights();
            long right = quarters.groups().get(groups + group).weights();
            packed.forms(group, left, right, bytes, vectors);
        });
        quarters.free();
        return packed;
    }

    /** Offsets of the vectors of rows that are {@code step} bytes apart. */
    private static long[] vectors(int rows, long step) {
        int perRow = GROUP_BYTES / Lanes.BYTES;
        long[] offsets = new long[rows * perRow];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = i / perRow * step + (long) (i % perRow) * Lanes.BYTES;
        }
        return offsets;
    }

    /** Writes the forms of the rows from the input channels to a group of the left half and one of the right half; {@code half} is the bytes of half of them. */
    private void forms(int group, long left, long right, long half, long[] at) {
        var quarters = new Quarters(left, at, right, at, left + half, at, right + half, at);
        StrassenKernels.forms(quarters, 0, at.length, address(group, 0), Lanes.BYTES, formBytes);
    }

    /** Groups of half of the output channels. */
    int groups() {
        return groups;
    }

    /** Bytes of all forms. */
    long bytes() {
        return groups * Strassen.PRODUCTS * formBytes;
    }

    /** Address of a form of the weights of a group. */
    long address(int group, int form) {
        return memory.address() + ((long) group * Strassen.PRODUCTS + form) * formBytes;
    }

    @Override
    public void free() {
        allocator.free(memory);
    }
}
