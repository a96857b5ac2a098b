package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Moves each block of pixels into the channels: {@code y[n, (bh*b + bw)*C + c, i, j] = x[n, c, b*i + bh, b*j + bw]} for block size b, the
 * stem of TResNet (section 2.1). Backward moves them back.
 */
public final class SpaceToDepth {
    private SpaceToDepth() {}

    /**
     * Turns blocks of {@code block * block} pixels into channels.
     *
     * @param x {@code [N, C, H, W]}, with H and W multiples of {@code block}
     * @param block the side of a block in pixels, at least 1
     * @return {@code [N, block^2 C, H/block, W/block]}
     */
    public static Tensor spaceToDepth(Tensor x, int block) {
        Check.images("spaceToDepth", x);
        if (block < 1) {
            throw new IllegalArgumentException("spaceToDepth needs a block size of at least 1, got " + block);
        }
        Shape shape = x.shape();
        Check.that(
                shape.height() % block == 0 && shape.width() % block == 0,
                "spaceToDepth",
                "images whose height and width are multiples of " + block,
                x);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(
                backend,
                Shape.of(
                        shape.batch(),
                        shape.channels() * block * block,
                        shape.height() / block,
                        shape.width() / block));
        backend.pooling().spaceToDepth(x.storage(), block, y.storage());
        return Autograd.record("spaceToDepth", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.pooling().depthToSpace(dy.storage(), block, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
