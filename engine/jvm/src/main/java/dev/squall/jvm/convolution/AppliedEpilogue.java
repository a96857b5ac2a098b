package dev.squall.jvm.convolution;

import dev.squall.backend.Activation;
import dev.squall.backend.Epilogue;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.loop.EpilogueKernels;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.FusedEpilogue;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Epilogue} as a convolution carries it out. A convolution that ends in {@link DenseKernel}s has them do what they can while the sums are in
 * registers, {@link #fused}, and then {@link #applyRest}; others {@link #apply} all of it. Both work on pixels that have just been written and are in
 * the nearest cache, and so does the gathering of statistics.
 */
public final class AppliedEpilogue implements AutoCloseable {
    /** Leaves values as they are. */
    public static final AppliedEpilogue NONE = new AppliedEpilogue(false);

    /** Adds to what the output holds. */
    static final AppliedEpilogue ADD = new AppliedEpilogue(true);

    /**
     * About so many pixels of a vector of channels, or of two, are to be written before {@link #applyRest} goes over them: so few stay in the nearest cache,
     * and beside so many a call takes little, which it does not beside a row of 7.
     */
    static final int PIXELS_AT_ONCE = 64;

    private final Epilogue epilogue;
    private final Activation activation;
    /** Whether there is a bias to add or an activation to apply. */
    private final boolean activates;
    /** Whether kernels apply the activation too. */
    private final boolean kernelsActivate;

    private final boolean addsToOutput;
    /** From a value of y to its residual, in bytes. */
    private final long residual;
    /** The bias, then 1 for channels that exist and 0 for padding, where the activation needs it; each as long as the padded channels. */
    private final Allocator.@Nullable Block perChannel;

    private final long bias;
    private final long exists;
    private final @Nullable Allocator allocator;
    private final @Nullable PieceMoments moments;
    private final @Nullable PlaneSums sums;

    private AppliedEpilogue(boolean addsToOutput) {
        epilogue = Epilogue.NONE;
        activation = Activation.IDENTITY;
        activates = false;
        kernelsActivate = false;
        this.addsToOutput = addsToOutput;
        residual = 0;
        perChannel = null;
        bias = 0;
        exists = 0;
        allocator = null;
        moments = null;
        sums = null;
    }

    /** @param pieces in which the convolution hands its pixels to {@link #gather}; 0 if it does not */
    public AppliedEpilogue(Epilogue epilogue, JvmStorage y, int pieces, Workspace workspace) {
        this(epilogue, y, pieces, null, workspace);
    }

    private AppliedEpilogue(
            Epilogue epilogue, JvmStorage y, int pieces, @Nullable PlaneSums sums, Workspace workspace) {
        this(
                epilogue,
                y.layout(),
                epilogue.residual() == y,
                epilogue.residual() == null
                        ? 0
                        : JvmStorage.of(epilogue.residual()).address() - y.address(),
                pieces,
                sums,
                workspace);
    }

    /**
     * The same, which leaves the sums of its planes with {@code y} where no statistics are asked for, and pixels are gone over for an activation that kernels do
     * not apply: to sum them takes next to nothing then, and little is lost where nobody asks.
     */
    public static AppliedEpilogue withSums(Epilogue epilogue, JvmStorage y, int pieces, Workspace workspace) {
        if (epilogue.statistics() != null || FusedEpilogue.canApply(epilogue.activation())) {
            return new AppliedEpilogue(epilogue, y, pieces, workspace);
        }
        var sums = new PlaneSums(y, pieces / y.layout().images(), workspace);
        return new AppliedEpilogue(epilogue, y, 0, sums, workspace);
    }

    /** Of an output that only exists piece by piece: without residual and statistics. */
    AppliedEpilogue(Epilogue epilogue, BlockedLayout y, Workspace workspace) {
        this(epilogue, y, false, 0, 0, null, workspace);
    }

    private AppliedEpilogue(
            Epilogue epilogue,
            BlockedLayout y,
            boolean addsToOutput,
            long residual,
            int pieces,
            @Nullable PlaneSums sums,
            Workspace workspace) {
        this.epilogue = epilogue;
        this.sums = sums;
        moments = epilogue.statistics() == null || pieces == 0 ? null : new PieceMoments(y, pieces, workspace);
        activation = epilogue.activation();
        this.addsToOutput = addsToOutput;
        this.residual = residual;
        activates = epilogue.bias() != null || activation.kind() != Activation.Kind.IDENTITY;
        kernelsActivate = activates && FusedEpilogue.canApply(activation);
        allocator = workspace.scratch();
        if (!activates) {
            perChannel = null;
            bias = 0;
            exists = 0;
            return;
        }
        int channels = y.channels();
        long padded = (long) y.blocks() * BlockedLayout.PIXEL_BYTES;
        Allocator.Block block = allocator.allocate(2 * padded);
        perChannel = block;
        bias = block.address();
        exists = bias + padded;
        Lanes.zero(bias, 2 * padded);
        if (epilogue.bias() != null) {
            Lanes.copy(JvmStorage.of(epilogue.bias()).address(), bias, (long) channels * Float.BYTES);
        }
        for (int c = 0; c < channels && !activation.keepsZero(); c++) {
            Lanes.set(exists + (long) c * Float.BYTES, 1f);
        }
    }

    /**
     * What a {@link DenseKernel} does that sums the first chunk of input channels, the last, both or neither: the first adds the residual, the last
     * activates.
     */
    public FusedEpilogue fused(boolean isFirst, boolean isLast) {
        return FusedEpilogue.of(
                !isFirst || addsToOutput || residual != 0,
                isFirst ? residual : 0,
                isLast && kernelsActivate ? activation : Activation.IDENTITY);
    }

    /** Address of what a {@link DenseKernel} begins its sums with: in the first chunk the bias of {@code channel} and those after it. */
    public long bias(int channel, boolean isFirst) {
        return isFirst && activates ? bias + (long) channel * Float.BYTES : DenseKernel.NO_BIAS;
    }

    /** Bytes from a value of the output to its residual; 0 if there is none, or if it is the output. */
    public long residual() {
        return residual;
    }

    /** Whether something is left to {@link #applyRest} or to {@link #gather}. */
    public boolean hasRest() {
        return moments != null || sums != null || (activates && !kernelsActivate);
    }

    /** Whether the convolution must be added to what the output holds, because the output is the residual. */
    public boolean addsToOutput() {
        return addsToOutput;
    }

    /**
     * Applies all of it to one vector of channels of {@code rows} by {@code columns} pixels. A residual that is the output itself must have been
     * added before they were written.
     *
     * @param address the first pixel's vector
     * @param rowBytes bytes from row to row
     * @param step bytes from pixel to pixel
     * @param channel the vector's first channel
     */
    public void apply(long address, int rows, long rowBytes, int columns, int step, int channel) {
        if (residual != 0) {
            EpilogueKernels.addResidual(address, rows, rowBytes, columns, step, residual);
        }
        if (activates) {
            long offset = (long) channel * Float.BYTES;
            EpilogueKernels.activate(
                    activation, address, rows, rowBytes, columns, step, bias + offset, exists + offset);
        }
    }

    /** The same where kernels have done what is {@link #fused}. */
    public void applyRest(long address, int rows, long rowBytes, int columns, int step, int channel) {
        if (activates && !kernelsActivate) {
            long ofChannel = exists + (long) channel * Float.BYTES;
            EpilogueKernels.activate(activation, address, rows, rowBytes, columns, step, ofChannel);
        }
    }

    /** Gathers statistics or sums of a finished piece, see {@link PieceMoments#gather}. */
    public void gather(int piece, long at, int rows, long rowBytes, int columns, int channel) {
        if (moments != null) {
            moments.gather(piece, at, rows, rowBytes, columns, channel);
        }
        if (sums != null) {
            sums.gather(piece, at, rows, rowBytes, columns, channel);
        }
    }

    /** Fills the statistics of {@code y}, all of which has been written, and leaves the sums with it. */
    public void fillStatistics(JvmStorage y) {
        if (sums != null) {
            sums.keep();
        }
        Epilogue.Statistics statistics = epilogue.statistics();
        if (moments != null && statistics != null) {
            moments.write(statistics);
            if (statistics.running() != null) {
                statistics.running().move(y, statistics.mean(), statistics.variance());
            }
        } else {
            epilogue.fillStatistics(y);
        }
    }

    @Override
    public void close() {
        if (perChannel != null && allocator != null) {
            allocator.free(perChannel);
        }
        if (moments != null) {
            moments.close();
        }
        if (sums != null) {
            sums.close();
        }
    }
}
