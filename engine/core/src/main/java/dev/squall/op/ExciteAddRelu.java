package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a residual block with squeeze-and-excitation in one pass: {@code out[n,c,h,w] = max(x[n,c,h,w] * s[n,c] + y[n,c,h,w], 0)}. With
 * {@code d = out > 0 ? dout : 0}: {@code dy = d}, {@code dx = d * s}, and ds sums {@code d * x} over what shared it.
 */
public final class ExciteAddRelu {
    private ExciteAddRelu() {}

    /**
     * ReLU of the sum of {@code x}, its channels scaled by {@code s}, and {@code y}, into a new tensor.
     *
     * @param x {@code [N, C, H, W]}
     * @param s {@code [C]}, {@code [N, C]} or {@code [N, C, 1, 1]}
     * @param y of x's shape
     * @return of x's shape
     */
    public static Tensor exciteAddRelu(Tensor x, Tensor s, Tensor y) {
        check("exciteAddRelu", x, s, y);
        Backend backend = Backend.of(x);
        Tensor out = x.like();
        backend.elementwise().exciteAddRelu(x.storage(), s.storage(), y.storage(), out.storage());
        return Autograd.record("exciteAddRelu", out, List.of(x, s, y), List.of(x, s, out), dout -> {
            Tensor d = Autograd.reuse(dout);
            Tensor dx = x.requiresGradient() ? x.like() : null;
            Tensor ds = s.requiresGradient() ? s.like() : null;
            if (dx != null && ds != null) {
                backend.elementwise()
                        .exciteAddReluBackward(
                                x.storage(),
                                s.storage(),
                                out.storage(),
                                dout.storage(),
                                dx.storage(),
                                ds.storage(),
                                d.storage());
                return new Tensor[] {dx, ds, d};
            }
            backend.elementwise().activateBackward(Activation.RELU, out.storage(), dout.storage(), d.storage());
            if (ds != null) {
                backend.reduction().channelDot(d.storage(), x.storage(), ds.storage());
            }
            if (dx != null) {
                backend.elementwise().multiplyChannels(d.storage(), s.storage(), dx.storage());
            }
            return new @Nullable Tensor[] {dx, ds, d};
        });
    }

    /**
     * The same, overwriting {@code x}, for inference; use the result in its place.
     *
     * @throws IllegalStateException if a gradient would have to flow through it, or another operation needs {@code x} for its backward pass
     */
    public static Tensor exciteAddReluInPlace(Tensor x, Tensor s, Tensor y) {
        check("exciteAddReluInPlace", x, s, y);
        if (Autograd.isRecording() && (x.requiresGradient() || s.requiresGradient() || y.requiresGradient())) {
            throw new IllegalStateException("exciteAddReluInPlace overwrites what its backward pass would need; run it"
                    + " in Autograd.withoutGradients, or use exciteAddRelu");
        }
        Backend backend = Backend.of(x);
        Storage gate = s.storage();
        Storage addend = y.storage();
        Storage out = x.overwrite("exciteAddReluInPlace");
        backend.elementwise().exciteAddRelu(out, gate, addend, out);
        return Tensor.of(out);
    }

    private static void check(String op, Tensor x, Tensor s, Tensor y) {
        Check.images(op, x);
        Check.perChannelOrImage(op, x, s);
        Check.sameShape(op, x, y);
    }
}
