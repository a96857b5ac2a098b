package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
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
        check("multiplyChannels", x, s);
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
            if (s.requiresGradient() && x.requiresGradient()) {
                ds = s.like();
                dx = Autograd.reuse(dy);
                backend.elementwise()
                        .multiplyChannelsBackward(x.storage(), s.storage(), dy.storage(), dx.storage(), ds.storage());
            } else if (s.requiresGradient()) {
                ds = s.like();
                backend.reduction().channelDot(dy.storage(), x.storage(), ds.storage());
            }
            if (x.requiresGradient() && dx == null) {
                dx = Autograd.reuse(dy);
                backend.elementwise().multiplyChannels(dy.storage(), s.storage(), dx.storage());
            }
            return new @Nullable Tensor[] {dx, ds};
        });
    }

    /**
     * The same, overwriting {@code x}, for inference; use the result in its place.
     *
     * @throws IllegalStateException if a gradient would have to flow through it, or another operation needs {@code x} for its backward pass
     */
    public static Tensor multiplyChannelsInPlace(Tensor x, Tensor s) {
        check("multiplyChannelsInPlace", x, s);
        if (Autograd.isRecording() && (x.requiresGradient() || s.requiresGradient())) {
            throw new IllegalStateException(
                    "multiplyChannelsInPlace overwrites what its backward pass would need; run it"
                            + " in Autograd.withoutGradients, or use multiplyChannels");
        }
        Backend backend = Backend.of(x);
        Storage factors = s.storage();
        Storage y = x.overwrite("multiplyChannelsInPlace");
        backend.elementwise().multiplyChannels(y, factors, y);
        return Tensor.of(y);
    }

    private static void check(String op, Tensor x, Tensor s) {
        Check.imagesOrFeatures(op, x);
        Check.perChannelOrImage(op, x, s);
    }
}
