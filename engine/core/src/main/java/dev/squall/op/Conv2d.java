package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution: {@code y[n,k,i,j] = bias[k] + sum over c,a,b of w[k,c,a,b] x[n,c,i*s-p+a*d,j*s-p+b*d]} (see {@link
 * ConvGeometry}). Backward: dx is the convolution of dy with the transposed kernel, dw that of x with dy, dbias the sum of dy.
 */
public final class Conv2d {
    private Conv2d() {}

    /**
     * Convolves images.
     *
     * @param x {@code [N, C, H, W]}
     * @param w {@code [K, C/groups, kernelH, kernelW]}, a parameter
     * @param bias {@code [K]}, or null for none
     * @return {@code [N, K, H', W']}
     */
    public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry) {
        return conv2d(x, w, bias, geometry, Activation.IDENTITY, null);
    }

    /**
     * The same, for a normalisation that follows in training.
     *
     * @param statistics {@code [K]}, to be filled with those of the result, or null
     */
    public static Tensor conv2d(
            Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry, @Nullable ChannelStatistics statistics) {
        return conv2d(x, w, bias, geometry, Activation.IDENTITY, statistics);
    }

    /**
     * The same with an activation in one pass: {@code y = f(conv + bias)}, whose derivative must follow from y.
     *
     * @throws IllegalArgumentException if the activation's derivative is computed from its input
     */
    public static Tensor conv2dActivated(
            Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry, Activation activation) {
        return conv2d(x, w, bias, geometry, activation, null);
    }

    private static Tensor conv2d(
            Tensor x,
            Tensor w,
            @Nullable Tensor bias,
            ConvGeometry geometry,
            Activation activation,
            @Nullable ChannelStatistics statistics) {
        check("conv2d", x, w, bias, geometry);
        if (!activation.differentiatesFromOutput()) {
            throw new IllegalArgumentException(
                    "conv2dActivated takes an activation whose derivative follows from its output, not "
                            + activation.kind() + "; apply that to its result");
        }
        if (statistics != null) {
            statistics.check("conv2d", x, w.shape().dim(0));
        }
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, geometry.output(x.shape(), w.shape()));
        Epilogue epilogue = new Epilogue(bias == null ? null : bias.storage(), null, activation)
                .with(statistics == null ? null : statistics.filledBy("conv2d", y));
        backend.convolution().forward(x.storage(), w.storage(), geometry, epilogue, y.storage());
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(w);
        }
        if (w.requiresGradient()) {
            saved.add(x);
        }
        boolean activates = activation.kind() != Activation.Kind.IDENTITY;
        if (activates) {
            saved.add(y);
        }
        List<Tensor> inputs = bias == null ? List.of(x, w) : List.of(x, w, bias);
        return Autograd.record("conv2d", y, inputs, saved, dout -> {
            Tensor dx = null;
            Tensor dw = null;
            Tensor dbias = bias != null && bias.requiresGradient() ? bias.like() : null;
            Tensor dy = activates ? Autograd.reuse(dout) : dout;
            if (activates && dbias != null) {
                backend.elementwise()
                        .activateBackward(activation, y.storage(), dout.storage(), dy.storage(), dbias.storage());
            } else if (activates) {
                backend.elementwise().activateBackward(activation, y.storage(), dout.storage(), dy.storage());
            } else if (dbias != null) {
                backend.reduction().channelSum(dy.storage(), dbias.storage());
            }
            // dx comes last: what is asked for next is to round it, which its kernel then does as it writes.
            if (w.requiresGradient()) {
                dw = w.like();
                backend.convolution().backwardWeight(x.storage(), dy.storage(), geometry, dw.storage());
            }
            if (x.requiresGradient()) {
                dx = x.like();
                backend.convolution().backwardInput(dy.storage(), w.storage(), geometry, dx.storage());
            }
            return new @Nullable Tensor[] {dx, dw, dbias};
        });
    }

    static void check(String op, Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry g) {
        Check.images(op, x);
        Check.that(
                w.shape().rank() == 4 && w.storage().role() == Role.PARAMETER,
                op,
                "weights [K, C/groups, kernelH, kernelW] made as a parameter",
                w);
        Check.sameBackend(op, x, w);
        Shape shape = w.shape();
        Check.that(
                shape.dim(2) == g.kernelH() && shape.dim(3) == g.kernelW(),
                op,
                "weights for a kernel of " + g.kernelH() + "x" + g.kernelW(),
                w);
        Check.that(
                x.shape().channels() == shape.dim(1) * g.groups() && shape.dim(0) % g.groups() == 0,
                op,
                "images and weights that agree on C, with C and K divisible into " + g.groups() + " groups",
                x,
                w);
        Check.that(
                g.outputHeight(x.shape().height()) > 0
                        && g.outputWidth(x.shape().width()) > 0,
                op,
                "images at least as large as the kernel with its dilation, less the padding",
                x,
                w);
        if (bias != null) {
            Check.that(bias.shape().equals(Shape.of(shape.dim(0))), op, "a bias [" + shape.dim(0) + "]", bias);
            Check.sameBackend(op, x, bias);
        }
    }
}
