package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies each channel by one value: {@code y[n,c,h,w] = x[n,c,h,w] * s[c]} (or {@code s[n,c]}, the gate of squeeze-and-excitation);
 * {@code dx = dy * s}, ds sums {@code dy * x} over what shared it.
 */
public final class MultiplyChannels {
    private MultiplyChannels() {}

    /**
     * Multiplies the channels of {@code x} by {@code s}.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}
     * @param s {@code [C]}, {@code [N, C]} or {@code [N, C, 1, 1]}
     * @return of x's shape
     */
    public static Tensor multiplyChannels(Tensor x, Tensor s) {
        Check.imagesOrFeatures("multiplyChannels", x);
        Check.perChannelOrImage("multiplyChannels", x, s);
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().multiplyChannels(x.storage(), s.storage(), y.storage());
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(s);
        }
        if (s.requiresGradient()) {
            saved.add(x);
        }
        return Autograd.record("multiplyChannels", y, List.of(x, s), saved, dy -> {
            Tensor dx = null;
            Tensor ds = null;
            if (s.requiresGradient()) {
                ds = s.like();
                backend.reduction().channelDot(dy.storage(), x.storage(), ds.storage());
            }
            if (x.requiresGradient()) {
                dx = Autograd.reuse(dy);
                backend.elementwise().multiplyChannels(dy.storage(), s.storage(), dx.storage());
            }
            return new @Nullable Tensor[] {dx, ds};
        });
    }
}
