package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/** A range of channels: {@code y[n, k, h, w] = x[n, from + k, h, w]}; dx is dy there and 0 elsewhere. */
public final class SliceChannels {
    private SliceChannels() {}

    /**
     * Copies channels {@code from} to {@code from + count - 1}.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}
     * @return the same with {@code count} channels
     */
    public static Tensor sliceChannels(Tensor x, int from, int count) {
        Check.imagesOrFeatures("sliceChannels", x);
        Check.that(
                from >= 0 && count >= 1 && from <= x.shape().channels() - count,
                "sliceChannels",
                "at least " + from + " + " + count + " channels, from 0 on",
                x);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, x.shape().withChannels(count));
        backend.elementwise().copyChannels(x.storage(), from, y.storage(), 0, count);
        return Autograd.record("sliceChannels", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.fill(dx.storage(), 0f);
            backend.elementwise().copyChannels(dy.storage(), 0, dx.storage(), from, count);
            return new Tensor[] {dx};
        });
    }
}
