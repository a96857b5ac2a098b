package dev.squall.bench.peers;

import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Operations.Layer;
import dev.squall.bench.peers.TorchProgram.Value;

/**
 * 1x1 convolutions of channels-last images as fully connected layers of their pixels, which needs no copy. The oneDNN 3.7 in PyTorch 2.7
 * has two errors in 1x1 convolutions of such images with AVX-512 and two threads: for 256 to 1024 channels and some others it divides by
 * zero, for 128 to 512 and some others the results are wrong.
 */
final class TorchLinear {
    /** No activation, for the fused operations of PyTorch. */
    static final String UNARY_NONE = "\"none\", annotate(List[Optional[number]], []), \"\"";

    private TorchLinear() {}

    /** Whether {@code layer} is such a convolution. */
    static boolean isNeeded(Layer layer) {
        return layer.geometry().kernelH() == 1;
    }

    /** Differentiable, without bias. */
    static String plain(Value x, String weight, int channels, ConvGeometry geometry) {
        String matrix = "torch.reshape(" + weight + ", [" + channels + ", " + x.channels() + "])";
        return "torch.permute(torch.linear(" + pixels(x, geometry) + ", " + matrix + "), [0, 3, 1, 2])";
    }

    /** With a pre-packed weight and an activation; {@code output} is batch, side and channels. */
    static String fused(Value x, String packed, String bias, String activation, int[] output, ConvGeometry geometry) {
        String rows = "torch.reshape(" + pixels(x, geometry) + ", [-1, " + x.channels() + "])";
        String y = "ops.mkldnn._linear_pointwise(" + rows + ", " + packed + ", " + bias + ", " + activation + ")";
        return "torch.permute(torch.view(" + y + ", [" + output[0] + ", " + output[1] + ", " + output[1] + ", "
                + output[2] + "]), [0, 3, 1, 2])";
    }

    /** {@code [N, H, W, C]}. */
    private static String pixels(Value x, ConvGeometry geometry) {
        String all = "torch.permute(" + x + ", [0, 2, 3, 1])";
        int stride = geometry.strideH();
        return stride == 1
                ? all
                : "torch.slice(torch.slice(" + all + ", 1, 0, " + x.side() + ", " + stride + "), 2, 0, " + x.side()
                        + ", " + stride + ")";
    }
}
