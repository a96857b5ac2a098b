package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds one value to each channel: {@code y[n,c,h,w] = x[n,c,h,w] + s[c]} (or {@code s[n,c]}); {@code dx = dy}, ds sums dy over what shared it. */
public final class AddChannels {
    private AddChannels() {}

    /**
     * Adds {@code s} to the channels of {@code x}.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}
     * @param s {@code [C]}, {@code [N, C]} or {@code [N, C, 1, 1]}
     * @return of x's shape
     */
    public static Tensor addChannels(Tensor x, Tensor s) {
        Check.imagesOrFeatures("addChannels", x);
        Check.perChannelOrImage("addChannels", x, s);
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().addChannels(x.storage(), s.storage(), y.storage());
        return Autograd.record("addChannels", y, List.of(x, s), List.of(), dy -> {
            Tensor ds = null;
            if (s.requiresGradient()) {
                ds = s.like();
                backend.reduction().channelSum(dy.storage(), ds.storage());
            }
            return new @Nullable Tensor[] {dy, ds};
        });
    }
}
