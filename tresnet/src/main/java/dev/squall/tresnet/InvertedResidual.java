package dev.squall.tresnet;

import static dev.squall.op.Add.add;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.nn.BatchNorm;
import dev.squall.nn.Conv2d;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.ConvolutionLayer;
import dev.squall.nn.DropPath;
import dev.squall.nn.MixedConv2d;
import dev.squall.nn.Module;
import dev.squall.nn.NormLayer;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of the EfficientNets, {@code [N, in, H, W]} to {@code [N, channels, ceil(H/stride), ceil(W/stride)]}: {@code project(se(depthwise(expand(
 * x)))) + x}. There is no activation after the projection, no addition where resolution or channels change, and no expansion in a
 * depthwise-separable block.
 */
final class InvertedResidual extends Module {
    private final @Nullable ConvAbn expand;
    private final ConvAbn depthwise;
    private final @Nullable SqueezeExcitation se;
    private final ConvAbn project;
    private final boolean adds;
    private final @Nullable DropPath dropPath;

    InvertedResidual(Backend backend, int in, MobileBlock block, double dropPath) {
        boolean expands = block.expansion() > 0;
        int width = block.width(in);
        int out = block.channels();
        Activation f = block.activation();
        int norm = 1;
        if (expands) {
            ConvolutionLayer expansion = pointwise(backend, in, width, block.expansionParts());
            expand = group(normed(backend, expansion, width, f, "conv_pw", "bn" + norm++));
        } else {
            expand = null;
        }
        ConvolutionLayer each = depthwise(backend, width, block.kernels(), block.stride());
        depthwise = group(normed(backend, each, width, f, "conv_dw", "bn" + norm++));
        se = block.excitation() == null
                ? null
                : child("se", new SqueezeExcitation(backend, block.excitation().of(in, width)));
        ConvolutionLayer projection = pointwise(backend, width, out, block.projectionParts());
        project = group(
                normed(backend, projection, out, Activation.IDENTITY, expands ? "conv_pwl" : "conv_pw", "bn" + norm));
        adds = block.stride() == 1 && in == out;
        this.dropPath = adds ? Residual.dropPath(dropPath) : null;
        if (this.dropPath != null) {
            child("drop_path", this.dropPath);
        }
    }

    private static ConvAbn normed(
            Backend backend, ConvolutionLayer convolution, int channels, Activation f, String name, String norm) {
        return new ConvAbn(convolution, new BatchNorm(backend, NormLayer.Config.of(channels, f)), name, norm);
    }

    private static ConvolutionLayer pointwise(Backend backend, int in, int out, int parts) {
        return parts == 1
                ? new Conv2d(backend, in, out, ConvGeometry.square(1, 1, 0), false)
                : MixedConv2d.pointwise(backend, in, out, parts);
    }

    private static ConvolutionLayer depthwise(Backend backend, int channels, List<Integer> kernels, int stride) {
        int kernel = kernels.getFirst();
        ConvGeometry geometry = ConvGeometry.square(kernel, stride, kernel / 2).grouped(channels);
        return kernels.size() == 1
                ? new Conv2d(backend, channels, channels, geometry, false)
                : MixedConv2d.depthwise(backend, channels, kernels, stride);
    }

    @Override
    protected Tensor compute(Tensor x) {
        Tensor y = expand == null ? depthwise.forward(x) : expand.forwardThen(depthwise, x);
        boolean drops = dropPath != null && dropPath.isActive();
        Tensor residual = adds && !drops ? x : null;
        Tensor z = se != null ? project.forwardExcited(se, y, residual) : project(y, residual);
        return dropPath != null && drops ? add(dropPath.forward(z), x) : z;
    }

    private Tensor project(Tensor y, @Nullable Tensor residual) {
        return residual == null ? project.forward(y) : project.forwardAdd(y, residual);
    }
}
