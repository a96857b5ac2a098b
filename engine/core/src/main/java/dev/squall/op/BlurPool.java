package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Anti-alias blur with stride 2: {@code y[i,j] = sum over a,b of k[a] k[b] x[2i-1+a, 2j-1+b]} with {@code k = [1, 2, 1] / 4}, each channel by
 * itself, the image continued by reflection (Zhang, "Making Convolutional Networks Shift-Invariant Again"; TResNet, section 2.1). Backward is
 * the transposed map.
 */
public final class BlurPool {
    private BlurPool() {}

    /**
     * Blurs images and halves their sides, rounding up.
     *
     * @param x {@code [N, C, H, W]} with H and W at least 2
     * @return {@code [N, C, ceil(H/2), ceil(W/2)]}
     */
    public static Tensor blurPool(Tensor x) {
        Check.images("blurPool", x);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, output("blurPool", x.shape(), x));
        backend.pooling().blur(x.storage(), y.storage());
        return Autograd.record("blurPool", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.pooling().blurBackward(dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }

    /** The shape that images of shape {@code sharp} have after it; {@code x} is what they are or were made of. */
    static Shape output(String op, Shape sharp, Tensor x) {
        Check.that(sharp.height() >= 2 && sharp.width() >= 2, op, "images of at least 2x2 pixels, to reflect them", x);
        return Shape.of(
                sharp.batch(), sharp.channels(), Math.ceilDiv(sharp.height(), 2), Math.ceilDiv(sharp.width(), 2));
    }
}
