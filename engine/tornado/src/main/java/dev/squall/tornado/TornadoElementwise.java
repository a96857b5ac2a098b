package dev.squall.tornado;

import static dev.squall.tornado.kernel.ActivationKernels.ACTIVATE;
import static dev.squall.tornado.kernel.ActivationKernels.ACTIVATE_BACKWARD;
import static dev.squall.tornado.kernel.ActivationKernels.RECTIFY;
import static dev.squall.tornado.kernel.ActivationKernels.RECTIFY_BACKWARD;
import static dev.squall.tornado.kernel.ActivationKernels.RECTIFY_LEAKY;
import static dev.squall.tornado.kernel.ElementwiseKernels.ADD_RELU;
import static dev.squall.tornado.kernel.ElementwiseKernels.AXPBY;
import static dev.squall.tornado.kernel.ElementwiseKernels.BROADCAST;
import static dev.squall.tornado.kernel.ElementwiseKernels.CHANNELS;
import static dev.squall.tornado.kernel.ElementwiseKernels.DROPOUT;
import static dev.squall.tornado.kernel.ElementwiseKernels.EXCITE_ADD_RELU;
import static dev.squall.tornado.kernel.ElementwiseKernels.MULTIPLY;
import static dev.squall.tornado.kernel.ElementwiseKernels.SCALE;
import static dev.squall.tornado.kernel.ElementwiseKernels.SCALE_BY;
import static dev.squall.tornado.kernel.GatherKernels.COPY_CHANNELS;
import static dev.squall.tornado.kernel.GatherKernels.GATHER;
import static dev.squall.tornado.kernel.GatherKernels.ROW_CHANNELS;
import static dev.squall.tornado.layout.TornadoStorage.LANES;
import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.DropoutMask;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Unary;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.ActivationKernels;
import dev.squall.tornado.kernel.BinaryKernels;
import dev.squall.tornado.kernel.FunctionKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.UnaryKernels;
import dev.squall.tornado.layout.TornadoStorage;
import dev.squall.tornado.layout.Walk;
import org.jspecify.annotations.Nullable;

/** Elementwise primitives: one launch each. */
final class TornadoElementwise implements Elementwise {
    private static final int MULTIPLY_CHANNELS = 0;
    private static final int ADD_CHANNELS = 1;

    private final Launcher launcher;
    private final TornadoExcitation excitation;

    TornadoElementwise(Launcher launcher) {
        this.launcher = launcher;
        this.excitation = new TornadoExcitation(launcher);
    }

    @Override
    public void unary(Unary f, Storage x, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        launcher.launch(
                UnaryKernels.APPLY,
                places(x, out),
                to.floats(),
                1,
                to.sizes(TornadoStorage.of(x).firstFloat(), to.firstFloat(), code(f)),
                f.a(),
                f.b());
    }

    @Override
    public void unaryBackward(Unary f, Storage saved, Storage dy, Storage dx) {
        TornadoStorage to = TornadoStorage.of(dx);
        launcher.launch(
                UnaryKernels.APPLY_BACKWARD,
                places(saved, dy, dx),
                to.floats(),
                1,
                to.sizes(
                        TornadoStorage.of(saved).firstFloat(),
                        TornadoStorage.of(dy).firstFloat(),
                        to.firstFloat(),
                        code(f)),
                f.a(),
                f.b());
    }

    private static int code(Unary f) {
        return switch (f.kind()) {
            case EXP -> UnaryKernels.EXP;
            case LOG -> UnaryKernels.LOG;
            case SQRT -> UnaryKernels.SQRT;
            case ABS -> UnaryKernels.ABS;
            case POWER -> UnaryKernels.POWER;
            case CLAMP -> UnaryKernels.CLAMP;
            case LINEAR -> UnaryKernels.LINEAR;
            case SOFTPLUS -> UnaryKernels.SOFTPLUS;
        };
    }

    @Override
    public void binary(Binary f, Storage x, Storage y, Storage out) {
        TornadoStorage second = TornadoStorage.of(y);
        if (isLike(x, out) && isLike(y, out)) {
            // What needs no broadcasting goes vector by vector where there is a kernel for it.
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
                    // Kernels for all the others follow.
                }
            }
        }
        combine(f, TornadoStorage.of(x), second, second.firstFloat(), Walk.broadcast(second, out.shape()), 0f, out);
    }

    @Override
    public void binary(Binary f, Storage x, float y, Storage out) {
        combine(
                f,
                TornadoStorage.of(x),
                null,
                BinaryKernels.NUMBER,
                new int[out.shape().rank()],
                y,
                out);
    }

    private static boolean isLike(Storage x, Storage out) {
        return x.shape().equals(out.shape()) && x.role() == out.role();
    }

    private void combine(
            Binary f, TornadoStorage x, @Nullable Storage other, int y, int[] stepsOfY, float number, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        Walk walk = Walk.over(to, Walk.broadcast(x, out.shape()), stepsOfY);
        int[] first = to.sizes(
                to.firstFloat(), x.firstFloat(), y, code(f), walk.axes().size());
        launcher.launch(BinaryKernels.COMBINE, places(x, other, out), to.floats(), 1, walk.after(first), number);
    }

    private static int code(Binary f) {
        return switch (f) {
            case ADD -> BinaryKernels.ADD;
            case SUBTRACT -> BinaryKernels.SUBTRACT;
            case MULTIPLY -> BinaryKernels.MULTIPLY;
            case DIVIDE -> BinaryKernels.DIVIDE;
            case POWER -> BinaryKernels.POWER;
            case MAXIMUM -> BinaryKernels.MAXIMUM;
            case MINIMUM -> BinaryKernels.MINIMUM;
            case EQUAL -> BinaryKernels.EQUAL;
            case NOT_EQUAL -> BinaryKernels.NOT_EQUAL;
            case LESS -> BinaryKernels.LESS;
            case LESS_EQUAL -> BinaryKernels.LESS_EQUAL;
            case GREATER -> BinaryKernels.GREATER;
            case GREATER_EQUAL -> BinaryKernels.GREATER_EQUAL;
        };
    }

    @Override
    public void where(Storage condition, Storage x, Storage y, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        TornadoStorage asked = TornadoStorage.of(condition);
        TornadoStorage first = TornadoStorage.of(x);
        TornadoStorage second = TornadoStorage.of(y);
        Walk walk = Walk.over(
                to,
                Walk.broadcast(asked, out.shape()),
                Walk.broadcast(first, out.shape()),
                Walk.broadcast(second, out.shape()));
        int[] sizes = to.sizes(
                to.firstFloat(),
                asked.firstFloat(),
                first.firstFloat(),
                second.firstFloat(),
                walk.axes().size());
        launcher.launch(BinaryKernels.CHOOSE, places(condition, x, y, out), to.floats(), 1, walk.after(sizes));
    }

    @Override
    public void copy(Storage x, Storage out) {
        if (TornadoStorage.of(x).isChannelsLast() == TornadoStorage.of(out).isChannelsLast()) {
            scale(1f, x, out);
        } else {
            reshape(x, out);
        }
    }

    @Override
    public void reshape(Storage x, Storage out) {
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        over(
                GATHER,
                places(x, out),
                to,
                from.offset(),
                to.offset(),
                from.rowChannels(),
                from.rowVectors(),
                from.rowPlane(),
                to.rowChannels(),
                to.rowVectors(),
                to.rowPlane(),
                to.shape().elements());
    }

    /** Launches a kernel with one work-item for each vector of {@code out}; the number of vectors is the first of its sizes. */
    private void over(Kernel kernel, int[] places, TornadoStorage out, int... sizes) {
        over(kernel, places, out, new float[0], sizes);
    }

    private void over(Kernel kernel, int[] places, TornadoStorage out, float[] settings, int... sizes) {
        int[] all = new int[sizes.length + 1];
        all[0] = out.vectors();
        System.arraycopy(sizes, 0, all, 1, sizes.length);
        launcher.launch(kernel, places, out.vectors(), 1, all, settings);
    }

    private static int at(Storage storage) {
        return TornadoStorage.of(storage).offset();
    }

    @Override
    public void scale(float alpha, Storage x, Storage out) {
        over(SCALE, places(x, out), TornadoStorage.of(out), new float[] {alpha}, at(x), at(out));
    }

    @Override
    public void scaleBy(Storage factor, float alpha, Storage x, Storage out) {
        over(SCALE_BY, places(x, factor, out), TornadoStorage.of(out), new float[] {alpha}, at(x), at(out), at(factor));
    }

    @Override
    public void broadcast(Storage value, float alpha, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        over(
                BROADCAST,
                places(value, out),
                to,
                new float[] {alpha},
                at(value),
                at(out),
                to.rowVectors(),
                to.rowChannels());
    }

    @Override
    public void axpby(float alpha, Storage x, float beta, Storage y, Storage out) {
        over(AXPBY, places(x, y, out), TornadoStorage.of(out), new float[] {alpha, beta}, at(x), at(y), at(out));
    }

    @Override
    public void multiply(Storage x, Storage y, Storage out) {
        over(MULTIPLY, places(x, y, out), TornadoStorage.of(out), at(x), at(y), at(out));
    }

    @Override
    public void addRelu(Storage x, Storage y, Storage out) {
        over(ADD_RELU, places(x, y, out), TornadoStorage.of(out), at(x), at(y), at(out));
    }

    @Override
    public void exciteAddRelu(Storage x, Storage s, Storage y, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        if (to.isChannelsLast()) {
            perChannel(EXCITE_ADD_RELU, places(x, s, y, out), x, s, out, at(y));
        } else {
            multiplyChannels(x, s, out);
            addRelu(out, y, out);
        }
    }

    @Override
    public void activate(Activation f, Storage x, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        switch (f.kind()) {
            case IDENTITY -> scale(1f, x, out);
            case RELU, LEAKY_RELU -> rectify(f.slope(), x, to);
            case SIGMOID, SILU ->
                over(ACTIVATE, places(x, out), to, at(x), at(out), code(f), to.rowVectors(), to.rowChannels());
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH ->
                launcher.launch(FunctionKernels.APPLY, places(x, out), to.floats(), 1, new int[] {
                    to.floats(), firstFloat(x), firstFloat(out), code(f), to.rowVectors() * LANES, to.rowChannels()
                });
        }
    }

    private void rectify(float slope, Storage x, TornadoStorage out) {
        if (slope == 0f) {
            over(RECTIFY, places(x, out), out, at(x), at(out));
        } else {
            over(RECTIFY_LEAKY, places(x, out), out, new float[] {slope}, at(x), at(out));
        }
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx) {
        TornadoStorage to = TornadoStorage.of(dx);
        switch (f.kind()) {
            case IDENTITY -> scale(1f, dy, dx);
            case RELU, LEAKY_RELU ->
                over(RECTIFY_BACKWARD, places(saved, dy, dx), to, new float[] {f.slope()}, at(saved), at(dy), at(dx));
            case SIGMOID, SILU ->
                over(ACTIVATE_BACKWARD, places(saved, dy, dx), to, at(saved), at(dy), at(dx), code(f));
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH ->
                launcher.launch(FunctionKernels.APPLY_BACKWARD, places(saved, dy, dx), to.floats(), 1, new int[] {
                    to.floats(), firstFloat(saved), firstFloat(dy), firstFloat(dx), code(f)
                });
        }
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx, Storage dbias) {
        boolean known = switch (f.kind()) {
            case RELU, LEAKY_RELU, SIGMOID -> true;
            case IDENTITY, SILU, RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> false;
        };
        if (known && TornadoExcitation.canSum(TornadoStorage.of(dx).pixels())) {
            excitation.biasBackward(code(f), f.slope(), saved, dy, dx, dbias);
        } else {
            Elementwise.super.activateBackward(f, saved, dy, dx, dbias);
        }
    }

    @Override
    public void multiplyChannelsBackward(Storage x, Storage s, Storage dy, Storage dx, Storage ds) {
        if (TornadoExcitation.canSum(TornadoReduction.pixels(x, ds))) {
            excitation.gateBackward(x, s, dy, dx, ds, null, null);
        } else {
            Elementwise.super.multiplyChannelsBackward(x, s, dy, dx, ds);
        }
    }

    @Override
    public void exciteAddReluBackward(
            Storage x, Storage s, Storage out, Storage dout, Storage dx, Storage ds, Storage dy) {
        if (TornadoExcitation.canSum(TornadoReduction.pixels(x, ds))) {
            excitation.gateBackward(x, s, dout, dx, ds, out, dy);
        } else {
            Elementwise.super.exciteAddReluBackward(x, s, out, dout, dx, ds, dy);
        }
    }

    private static int firstFloat(Storage storage) {
        return TornadoStorage.of(storage).firstFloat();
    }

    /** How kernels name an activation; ReLU is leaky ReLU with slope 0. */
    static int code(Activation f) {
        return switch (f.kind()) {
            case IDENTITY -> ActivationKernels.IDENTITY;
            case RELU, LEAKY_RELU -> ActivationKernels.LEAKY_RELU;
            case SIGMOID -> ActivationKernels.SIGMOID;
            case SILU -> ActivationKernels.SILU;
            case RELU6 -> FunctionKernels.RELU6;
            case HARD_SIGMOID -> FunctionKernels.HARD_SIGMOID;
            case HARD_SWISH -> FunctionKernels.HARD_SWISH;
            case TANH -> FunctionKernels.TANH;
            case GELU -> FunctionKernels.GELU;
            case GELU_TANH -> FunctionKernels.GELU_TANH;
        };
    }

    @Override
    public void multiplyChannels(Storage x, Storage s, Storage out) {
        channels(MULTIPLY_CHANNELS, x, s, out);
    }

    @Override
    public void addChannels(Storage x, Storage s, Storage out) {
        channels(ADD_CHANNELS, x, s, out);
    }

    private void channels(int operation, Storage x, Storage s, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        TornadoStorage values = TornadoStorage.of(s);
        if (to.isChannelsLast()) {
            perChannel(CHANNELS, places(x, s, out), x, s, out, operation);
        } else {
            launcher.launch(ROW_CHANNELS, places(x, s, out), to.shape().elements(), 1, new int[] {
                to.shape().elements(),
                firstFloat(x),
                firstFloat(out),
                values.firstFloat(),
                values.imageFloats(),
                to.shape().channels() * to.shape().plane(),
                to.shape().plane(),
                operation
            });
        }
    }

    private void perChannel(Kernel kernel, int[] places, Storage x, Storage s, Storage out, int last) {
        TornadoStorage to = TornadoStorage.of(out);
        TornadoStorage values = TornadoStorage.of(s);
        over(
                kernel,
                places,
                to,
                at(x),
                at(out),
                values.firstFloat(),
                values.imageFloats(),
                to.vectors() / to.shape().batch(),
                to.channelVectors(),
                to.shape().channels(),
                last);
    }

    @Override
    public void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count) {
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        // Padding follows the last channel.
        int written = toChannel + count == to.shape().channels() ? to.pixelFloats() - toChannel : count;
        int floats = to.shape().batch() * to.shape().plane() * written;
        launcher.launch(COPY_CHANNELS, places(x, out), floats, 1, new int[] {
            floats,
            written,
            from.firstFloat() + fromChannel,
            from.pixelFloats(),
            to.firstFloat() + toChannel,
            to.pixelFloats(),
            count
        });
    }

    @Override
    public void dropout(Storage x, float p, long seed, Storage out) {
        TornadoStorage to = TornadoStorage.of(out);
        over(
                DROPOUT,
                places(x, out),
                to,
                new float[] {p, 1f / (1f - p)},
                at(x),
                at(out),
                DropoutMask.fold(seed),
                to.rowVectors(),
                to.rowChannels(),
                to.rowPlane());
    }
}
