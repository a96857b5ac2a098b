package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Products, element by element: {@code out = x * y}; {@code dx = dout * y}, {@code dy = dout * x}, each summed over the repetitions of its operand. */
public final class Multiply {
    private Multiply() {}

    /** The elementwise product of {@code x} and {@code y}, broadcast to a common shape. */
    public static Tensor multiply(Tensor x, Tensor y) {
        Backend backend = Backend.of(x);
        Tensor out = Broadcasting.result(Broadcasting.shape("multiply", x, y), x, y);
        backend.elementwise().binary(Binary.MULTIPLY, x.storage(), y.storage(), out.storage());
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(y);
        }
        if (y.requiresGradient()) {
            saved.add(x);
        }
        return Autograd.record("multiply", out, List.of(x, y), saved, dout -> {
            Tensor dx = null;
            Tensor dy = null;
            if (x.requiresGradient()) {
                Tensor product = y.requiresGradient() ? dout.like() : Autograd.reuse(dout);
                backend.elementwise().binary(Binary.MULTIPLY, dout.storage(), y.storage(), product.storage());
                dx = Broadcasting.gradient(product, x);
            }
            if (y.requiresGradient()) {
                Tensor product = Autograd.reuse(dout);
                backend.elementwise().binary(Binary.MULTIPLY, dout.storage(), x.storage(), product.storage());
                dy = Broadcasting.gradient(product, y);
            }
            return new @Nullable Tensor[] {dx, dy};
        });
    }

    /** {@code x}, any shape, times {@code y}. */
    public static Tensor multiply(Tensor x, float y) {
        return Scale.scale(y, x);
    }
}
