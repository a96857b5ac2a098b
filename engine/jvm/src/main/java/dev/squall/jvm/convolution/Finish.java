package dev.squall.jvm.convolution;

import dev.squall.backend.Activation;
import dev.squall.backend.Epilogue;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.loop.ActivationKernels;
import dev.squall.jvm.loop.ElementwiseKernels;
import dev.squall.jvm.loop.VectorMath;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.Ending;
import dev.squall.jvm.tile.TileSizes;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** An {@link Epilogue} applied to pixels that a convolution has just written, while they are in the nearest cache, and the statistics it asks for. */
public final class Finish implements AutoCloseable {
    /** Leaves values as they are. */
    public static final Finish NONE = new Finish(false);

    /** Adds to what the output holds. */
    static final Finish ADD = new Finish(true);

    private final Activation activation;
    private final boolean activates;
    /** Whether dense kernels can do what {@link #activate} does. */
    private final boolean kernelsActivate;

    private final boolean addsToOutput;
    /** From a value of y to its residual, in bytes. */
    private final long residual;
    /** Bias, then for a function that does not keep zero 1 for channels that exist and 0 for padding; each as long as the padded channels. */
    private final Allocator.@Nullable Block perChannel;

    private final long bias;
    private final long exists;
    private final @Nullable Allocator allocator;
    private final Epilogue epilogue;
    private final @Nullable PieceMoments moments;

    private Finish(boolean addsToOutput) {
        activation = Activation.IDENTITY;
        activates = false;
        kernelsActivate = false;
        this.addsToOutput = addsToOutput;
        residual = 0;
        perChannel = null;
        bias = 0;
        exists = 0;
        allocator = null;
        epilogue = Epilogue.NONE;
        moments = null;
    }

    /** @param pieces in which the convolution hands its pixels to {@link #gather}; 0 if it does not */
    public Finish(Epilogue epilogue, JvmStorage y, int pieces, Workspace workspace) {
        this.epilogue = epilogue;
        moments = epilogue.statistics() == null || pieces == 0 ? null : new PieceMoments(y.layout(), pieces, workspace);
        activation = epilogue.activation();
        addsToOutput = epilogue.residual() == y;
        residual = epilogue.residual() == null
                ? 0
                : JvmStorage.of(epilogue.residual()).address() - y.address();
        activates = epilogue.bias() != null || activation.kind() != Activation.Kind.IDENTITY;
        kernelsActivate = activates
                && switch (activation.kind()) {
                    case IDENTITY, RELU -> true;
                    case LEAKY_RELU -> TileSizes.LEAKS;
                    case SIGMOID, SILU, RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> false;
                };
        allocator = workspace.scratch();
        if (!activates) {
            perChannel = null;
            bias = 0;
            exists = 0;
            return;
        }
        int channels = y.layout().channels();
        long padded = (long) y.layout().blocks() * BlockedLayout.PIXEL_BYTES;
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
     * How a {@link DenseKernel} ends that sums the first chunk of input channels, the last, both or neither: the first adds the residual, the last
     * activates where it can.
     */
    Ending ending(boolean isFirst, boolean isLast) {
        boolean isActivated = isLast && kernelsActivate;
        return new Ending(
                !isFirst || addsToOutput || residual != 0,
                isFirst ? residual : 0,
                isActivated && activation.kind() == Activation.Kind.RELU,
                isActivated && activation.kind() == Activation.Kind.LEAKY_RELU ? activation.slope() : 1);
    }

    /** Address of what a {@link DenseKernel} begins its sums with: in the first chunk the bias of {@code channel} and those after it, if it can do the rest. */
    long bias(int channel, boolean isFirst) {
        return isFirst && kernelsActivate ? bias + (long) channel * Float.BYTES : DenseKernel.NO_BIAS;
    }

    /** Bytes from a value of the output to its residual; 0 if there is none, or if it is the output. */
    long residual() {
        return residual;
    }

    /** Whether {@link #apply} leaves everything as it is. */
    boolean isNothing() {
        return residual == 0 && !activates;
    }

    /** Whether it is left to {@link #activate} to add the bias and to apply the activation. */
    boolean activatesAfterKernels() {
        return activates && !kernelsActivate;
    }

    /** Whether the convolution must be added to what the output holds, because the output is the residual. */
    public boolean addsToOutput() {
        return addsToOutput;
    }

    /**
     * Finishes one vector of channels of {@code rows} by {@code columns} pixels. A residual that is the output itself must have been added
     * before they were written.
     *
     * @param address the first pixel's vector
     * @param rowBytes bytes from row to row
     * @param step bytes from pixel to pixel
     * @param channel the vector's first channel
     */
    public void apply(long address, int rows, long rowBytes, int columns, int step, int channel) {
        if (residual != 0) {
            addResidual(address, rows, rowBytes, columns, step);
        }
        activate(address, rows, rowBytes, columns, step, channel);
    }

    /** The same where the residual has been added: bias and activation. */
    void activate(long address, int rows, long rowBytes, int columns, int step, int channel) {
        if (!activates) {
            return;
        }
        long values = bias + (long) channel * Float.BYTES;
        switch (activation.kind()) {
            case IDENTITY -> identity(address, rows, rowBytes, columns, step, values);
            case RELU -> relu(address, rows, rowBytes, columns, step, values);
            case LEAKY_RELU -> leakyRelu(address, rows, rowBytes, columns, step, values);
            case SIGMOID ->
                sigmoid(address, rows, rowBytes, columns, step, values, exists + (long) channel * Float.BYTES);
            case SILU -> silu(address, rows, rowBytes, columns, step, values);
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> {
                identity(address, rows, rowBytes, columns, step, values);
                ActivationKernels.activate(activation.kind(), address, rows, rowBytes, columns, step);
                if (!activation.keepsZero()) {
                    multiply(address, rows, rowBytes, columns, step, exists + (long) channel * Float.BYTES);
                }
            }
        }
    }

    /** Whether to {@link #gather} statistics. */
    boolean gathers() {
        return moments != null;
    }

    /** Gathers statistics of a finished piece, see {@link PieceMoments#gather}. */
    public void gather(int piece, long at, int rows, long rowBytes, int columns, int channel) {
        if (moments != null) {
            moments.gather(piece, at, rows, rowBytes, columns, channel);
        }
    }

    /** Fills the statistics of {@code y}, all of which has been written. */
    public void fillStatistics(JvmStorage y) {
        if (moments != null && epilogue.statistics() != null) {
            moments.write(epilogue.statistics());
        } else {
            epilogue.fillStatistics(y);
        }
    }

    // One method for each, so that the compiler has room to keep the vectors of each in registers. The residual has one
    // of its own: as a branch that was rare when the others were compiled, its load would stay a call that boxes a
    // vector.

    private void addResidual(long address, int rows, long rowBytes, int columns, int step) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(at, Lanes.load(at).add(Lanes.load(at + residual)));
            }
        }
    }

    private void identity(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = Lanes.load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(at, Lanes.load(at).add(b));
            }
        }
    }

    private void multiply(long address, int rows, long rowBytes, int columns, int step, long factor) {
        FloatVector f = Lanes.load(factor);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(at, Lanes.load(at).mul(f));
            }
        }
    }

    private void relu(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = Lanes.load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(at, ElementwiseKernels.rectify(Lanes.load(at).add(b)));
            }
        }
    }

    private void leakyRelu(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = Lanes.load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(at, ElementwiseKernels.leaky(Lanes.load(at).add(b), activation.slope()));
            }
        }
    }

    private void sigmoid(long address, int rows, long rowBytes, int columns, int step, long bias, long existing) {
        FloatVector b = Lanes.load(bias);
        FloatVector one = Lanes.load(existing);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                Lanes.store(
                        at, one.div(VectorMath.exp(Lanes.load(at).add(b).neg()).add(1f)));
            }
        }
    }

    private void silu(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = Lanes.load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                FloatVector x = Lanes.load(at).add(b);
                Lanes.store(at, x.div(VectorMath.exp(x.neg()).add(1f)));
            }
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
    }
}
