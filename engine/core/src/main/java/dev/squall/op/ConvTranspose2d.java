package dev.squall.op;

import dev.squall.autograd.Autograd;
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
 * Transposed two-dimensional convolution: the linear map whose matrix is the transposed of a {@link Conv2d} from y to x, so that each pixel of x adds its
 * multiple of the kernel to y; {@code y = bias + that}. Backward: dx is the convolution of dy with w, dw that of dy with x, dbias the sum of dy.
 */
public final class ConvTranspose2d {
    private ConvTranspose2d() {}

    /**
     * Spreads images.
     *
     * @param x {@code [N, C, H, W]}
     * @param w {@code [C, K/groups, kernelH, kernelW]}, a parameter
     * @param bias {@code [K]}, or null for none
     * @param geometry of the convolution from y to x
     * @param extraHeight rows to add at the bottom of y, since several heights of y convolve to the same height; less than the stride
     * @param extraWidth columns to add likewise
     * @return {@code [N, K, (H - 1) stride - 2 pad + dilation (kernelH - 1) + 1 + extraHeight, ...]}
     */
    public static Tensor convTranspose2d(
            Tensor x, Tensor w, @Nullable Tensor bias, ConvGeometry geometry, int extraHeight, int extraWidth) {
        Shape shape = check(x, w, geometry, extraHeight, extraWidth);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, shape);
        if (bias != null) {
            Check.perChannel("convTranspose2d", "a bias", y, bias);
        }
        backend.convolution().backwardInput(x.storage(), w.storage(), geometry, y.storage());
        if (bias != null) {
            backend.elementwise().addChannels(y.storage(), bias.storage(), y.storage());
        }
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(w);
        }
        if (w.requiresGradient()) {
            saved.add(x);
        }
        List<Tensor> inputs = bias == null ? List.of(x, w) : List.of(x, w, bias);
        return Autograd.record("convTranspose2d", y, inputs, saved, dy -> {
            Tensor dx = null;
            Tensor dw = null;
            Tensor dbias = null;
            if (x.requiresGradient()) {
                dx = x.like();
                backend.convolution().forward(dy.storage(), w.storage(), geometry, Epilogue.NONE, dx.storage());
            }
            if (w.requiresGradient()) {
                dw = w.like();
                backend.convolution().backwardWeight(dy.storage(), x.storage(), geometry, dw.storage());
            }
            if (bias != null && bias.requiresGradient()) {
                dbias = bias.like();
                backend.reduction().channelSum(dy.storage(), dbias.storage());
            }
            return new @Nullable Tensor[] {dx, dw, dbias};
        });
    }

    private static Shape check(Tensor x, Tensor w, ConvGeometry g, int extraHeight, int extraWidth) {
        Check.images("convTranspose2d", x);
        Check.that(
                w.shape().rank() == 4 && w.role() == Role.PARAMETER,
                "convTranspose2d",
                "weights [C, K/groups, kernelH, kernelW] made as a parameter",
                w);
        Check.sameBackend("convTranspose2d", x, w);
        Check.that(
                w.shape().dim(0) == x.shape().channels()
                        && x.shape().channels() % g.groups() == 0
                        && w.shape().dim(2) == g.kernelH()
                        && w.shape().dim(3) == g.kernelW(),
                "convTranspose2d",
                "images [N, C, H, W] and weights [C, K/groups, " + g.kernelH() + ", " + g.kernelW()
                        + "] with C a multiple of " + g.groups() + " groups",
                x,
                w);
        if (extraHeight < 0 || extraWidth < 0 || extraHeight >= g.strideH() || extraWidth >= g.strideW()) {
            throw new IllegalArgumentException(
                    "convTranspose2d needs fewer extra rows and columns than the stride, got " + extraHeight + " and "
                            + extraWidth);
        }
        int height = (x.shape().height() - 1) * g.strideH()
                - 2 * g.padH()
                + g.dilationH() * (g.kernelH() - 1)
                + 1
                + extraHeight;
        int width = (x.shape().width() - 1) * g.strideW()
                - 2 * g.padW()
                + g.dilationW() * (g.kernelW() - 1)
                + 1
                + extraWidth;
        Check.that(height >= 1 && width >= 1, "convTranspose2d", "images from which the padding leaves something", x);
        return Shape.of(x.shape().batch(), w.shape().dim(1) * g.groups(), height, width);
    }
}
