package dev.squall.backend;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/**
 * Primitives that treat each element by itself. Unless said otherwise all operands have one shape and role, and any may be {@code out}.
 *
 * <p>The first ones are general. Those after {@link #reshape} say in one pass what is frequent in networks.
 */
public interface Elementwise {
    /** out = f(x). */
    void unary(Unary f, Storage x, Storage out);

    /**
     * dx = dy * f'(x).
     *
     * @param saved the output y where {@link Unary#differentiatesFromOutput()}, else the input x
     */
    void unaryBackward(Unary f, Storage saved, Storage dy, Storage dx);

    /**
     * out = f(x, y). Operands whose shape is not that of {@code out} are broadcast to it, as in NumPy: shapes are aligned at their last dimension,
     * and a dimension that is 1 or missing is repeated. Roles may differ.
     *
     * @param out may be an operand of its shape and role
     */
    void binary(Binary f, Storage x, Storage y, Storage out);

    /** The same with a number as second operand. */
    default void binary(Binary f, Storage x, float y, Storage out) {
        try (Temporaries temporaries = new Temporaries(x)) {
            Storage number = temporaries.of(Shape.SCALAR);
            temporaries.backend().fill(number, y);
            binary(f, x, number, out);
        }
    }

    /**
     * out = condition &ne; 0 ? x : y; a NaN counts as not 0. Operands are broadcast as in {@link #binary}, roles may differ.
     *
     * @param out may be an operand of its shape and role
     */
    void where(Storage condition, Storage x, Storage y, Storage out);

    /** out = x; the shapes are equal, roles may differ. */
    void copy(Storage x, Storage out);

    /** out = x, element by element in row-major (NCHW) order; the shapes may differ, the numbers of elements are equal. Not in place. */
    void reshape(Storage x, Storage out);

    /** out = alpha * x. */
    void scale(float alpha, Storage x, Storage out);

    /** out = alpha * factor * x, with {@code factor} the one element of its storage (which is not {@code out}). */
    void scaleBy(Storage factor, float alpha, Storage x, Storage out);

    /** out = alpha * value everywhere, with {@code value} the one element of its storage (which is not {@code out}). */
    void broadcast(Storage value, float alpha, Storage out);

    /** out = alpha * x + beta * y. */
    void axpby(float alpha, Storage x, float beta, Storage y, Storage out);

    /** out = x * y. */
    void multiply(Storage x, Storage y, Storage out);

    /** out = max(x + y, 0): the end of a residual block in one pass. */
    default void addRelu(Storage x, Storage y, Storage out) {
        binary(Binary.ADD, x, y, out);
        activate(Activation.RELU, out, out);
    }

    /**
     * out[n,c,h,w] = max(x[n,c,h,w] * s[n,c] + y[n,c,h,w], 0): the end of a residual block with squeeze-and-excitation in one pass.
     *
     * @param x images or features, like y and out
     * @param s as in {@link #multiplyChannels}; not {@code out}
     * @param y not {@code out}
     */
    default void exciteAddRelu(Storage x, Storage s, Storage y, Storage out) {
        multiplyChannels(x, s, out);
        addRelu(out, y, out);
    }

    /** out = f(x). */
    void activate(Activation f, Storage x, Storage out);

    /**
     * dx = dy * f'(x).
     *
     * @param saved the output y where {@link Activation#differentiatesFromOutput()}, else the input x. ReLU and leaky ReLU take the
     *     slope at exactly 0.
     */
    void activateBackward(Activation f, Storage saved, Storage dy, Storage dx);

    /**
     * The same where a bias was added before, of which dx is the gradient too: dbias[c] = the sum of dx over batch and plane.
     *
     * @param dbias {@code [C]}
     */
    default void activateBackward(Activation f, Storage saved, Storage dy, Storage dx, Storage dbias) {
        activateBackward(f, saved, dy, dx);
        ((Backend) dx.memory()).reduction().channelSum(dx, dbias);
    }

    /** out[n,c,h,w] = x[n,c,h,w] * s[c], or s[n,c] if {@code s} has a batch dimension ({@code [N, C]} or {@code [N, C, 1, 1]}). */
    void multiplyChannels(Storage x, Storage s, Storage out);

    /**
     * The derivatives of {@link #multiplyChannels}: dx = dy * s, and ds = the sum of dy * x over what shared s.
     *
     * @param dx may be dy
     * @param ds like s
     */
    default void multiplyChannelsBackward(Storage x, Storage s, Storage dy, Storage dx, Storage ds) {
        ((Backend) ds.memory()).reduction().channelDot(dy, x, ds);
        multiplyChannels(dy, s, dx);
    }

    /**
     * The derivatives of {@link #exciteAddRelu}: dy = (out &gt; 0 ? dout : 0), dx = dy * s, and ds = the sum of dy * x over what shared s.
     *
     * @param dy may be dout
     * @param ds like s
     */
    default void exciteAddReluBackward(
            Storage x, Storage s, Storage out, Storage dout, Storage dx, Storage ds, Storage dy) {
        activateBackward(Activation.RELU, out, dout, dy);
        multiplyChannelsBackward(x, s, dy, dx, ds);
    }

    /** out[n,c,h,w] = x[n,c,h,w] + s[c], or s[n,c] if {@code s} has a batch dimension ({@code [N, C]} or {@code [N, C, 1, 1]}). */
    void addChannels(Storage x, Storage s, Storage out);

    /**
     * For {@code count} channels k: out[n, toChannel + k, h, w] = x[n, fromChannel + k, h, w]; the other channels keep their values, but padding
     * is zero once the last channel has been written. Not in place.
     */
    void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count);

    /**
     * out[i] = x[i] * m(i) / (1 - p), with m(i) = 0 with probability {@code p}, else 1: {@link DropoutMask} decides from the seed and the
     * row-major index, so that the backward pass is the same call on dy.
     */
    void dropout(Storage x, float p, long seed, Storage out);
}
