package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Unary;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Powers: {@code out = x^y}; {@code dx = dout * y * x^(y - 1)}, 0 where y is 0; {@code dy = dout * out * ln x}, 0 where x is 0 and y is not negative.
 */
public final class Pow {
    private Pow() {}

    /** Each element of {@code x}, any shape, to the power of {@code exponent}. */
    public static Tensor pow(Tensor x, float exponent) {
        return Pointwise.apply("pow", Unary.power(exponent), x);
    }

    /** {@code x} to the power of {@code y}, element by element, broadcast to a common shape. */
    public static Tensor pow(Tensor x, Tensor y) {
        Tensor out = Broadcasting.result(Broadcasting.shape("pow", x, y), x, y);
        Backend backend = Backend.of(x);
        backend.elementwise().binary(Binary.POWER, x.storage(), y.storage(), out.storage());
        return Autograd.record("pow", out, List.of(x, y), List.of(x, y, out), dout -> {
            Tensor dx = null;
            Tensor dy = null;
            if (x.requiresGradient()) {
                dx = Broadcasting.gradient(slopeOfBase(x, y, dout), x);
            }
            if (y.requiresGradient()) {
                dy = Broadcasting.gradient(slopeOfExponent(x, y, out, dout), y);
            }
            return new @Nullable Tensor[] {dx, dy};
        });
    }

    private static Tensor slopeOfBase(Tensor x, Tensor y, Tensor dout) {
        Backend backend = Backend.of(x);
        Tensor exponent = y.like();
        Tensor slope = dout.like();
        backend.elementwise().unary(Unary.linear(1, -1), y.storage(), exponent.storage());
        backend.elementwise().binary(Binary.POWER, x.storage(), exponent.storage(), slope.storage());
        backend.elementwise().binary(Binary.MULTIPLY, slope.storage(), y.storage(), slope.storage());
        backend.elementwise().binary(Binary.MULTIPLY, slope.storage(), dout.storage(), slope.storage());
        // At exponent 0 the factor 0 may have met an infinity.
        backend.elementwise().where(y.storage(), slope.storage(), zero(backend).storage(), slope.storage());
        return slope;
    }

    private static Tensor slopeOfExponent(Tensor x, Tensor y, Tensor out, Tensor dout) {
        Backend backend = Backend.of(x);
        Tensor logarithm = x.like();
        Tensor slope = dout.like();
        Tensor flat = dout.like();
        Tensor isZero = x.like();
        backend.elementwise().unary(Unary.LOG, x.storage(), logarithm.storage());
        backend.elementwise().binary(Binary.MULTIPLY, out.storage(), logarithm.storage(), slope.storage());
        backend.elementwise().binary(Binary.MULTIPLY, slope.storage(), dout.storage(), slope.storage());
        backend.elementwise().binary(Binary.EQUAL, x.storage(), 0f, isZero.storage());
        Tensor isPositive = y.like();
        backend.elementwise().binary(Binary.GREATER_EQUAL, y.storage(), 0f, isPositive.storage());
        backend.elementwise().binary(Binary.MULTIPLY, isZero.storage(), isPositive.storage(), flat.storage());
        backend.elementwise().where(flat.storage(), zero(backend).storage(), slope.storage(), slope.storage());
        return slope;
    }

    private static Tensor zero(Backend backend) {
        return Tensor.fromArray(backend, Shape.SCALAR, 0f);
    }
}
