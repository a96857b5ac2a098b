package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The larger of two tensors, element by element; the gradient flows to the one that is larger, half to each where they are equal. A NaN wins.
 */
public final class Maximum {
    private Maximum() {}

    /** The larger of {@code x} and {@code y}, broadcast to a common shape. */
    public static Tensor maximum(Tensor x, Tensor y) {
        return extremum("maximum", Binary.MAXIMUM, Binary.LESS, Binary.LESS_EQUAL, x, y);
    }

    /**
     * The larger or the smaller of both; the rule is the same.
     *
     * @param loses whether an element is not the result, since it is beyond the other
     * @param doesNotWin the same, or the two are equal
     */
    static Tensor extremum(String op, Binary kind, Binary loses, Binary doesNotWin, Tensor x, Tensor y) {
        Tensor out = Broadcasting.result(Broadcasting.shape(op, x, y), x, y);
        Backend.of(x).elementwise().binary(kind, x.storage(), y.storage(), out.storage());
        return Autograd.record(op, out, List.of(x, y), List.of(x, y), dout -> new @Nullable Tensor[] {
            x.requiresGradient() ? Broadcasting.gradient(share(loses, doesNotWin, x, y, dout), x) : null,
            y.requiresGradient() ? Broadcasting.gradient(share(loses, doesNotWin, y, x, dout), y) : null
        });
    }

    /** {@code dout * (1 - (x loses + x does not win) / 2)}: 1 where x wins, 1/2 where both are equal, 0 where it loses. */
    private static Tensor share(Binary loses, Binary doesNotWin, Tensor x, Tensor y, Tensor dout) {
        Backend backend = Backend.of(x);
        Tensor lost = dout.like();
        Tensor share = dout.like();
        backend.elementwise().binary(loses, x.storage(), y.storage(), lost.storage());
        backend.elementwise().binary(doesNotWin, x.storage(), y.storage(), share.storage());
        backend.elementwise().axpby(-0.5f, lost.storage(), -0.5f, share.storage(), share.storage());
        backend.elementwise().unary(Unary.linear(1, 1), share.storage(), share.storage());
        backend.elementwise().multiply(share.storage(), dout.storage(), share.storage());
        return share;
    }
}
