package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;

/** The end of a residual block in one pass: {@code out = max(x + y, 0)}; {@code dx = dy = out > 0 ? dout : 0}. */
public final class AddRelu {
    private AddRelu() {}

    /** ReLU of the sum of {@code x} and {@code y}, of one shape, into a new tensor. */
    public static Tensor addRelu(Tensor x, Tensor y) {
        Check.sameShape("addRelu", x, y);
        Tensor out = x.like();
        Backend.of(x).elementwise().addRelu(x.storage(), y.storage(), out.storage());
        return record("addRelu", x, y, out);
    }

    /**
     * The same, overwriting {@code x}; use the result in its place.
     *
     * @throws IllegalStateException if another operation needs {@code x} for its backward pass
     */
    public static Tensor addReluInPlace(Tensor x, Tensor y) {
        Check.sameShape("addReluInPlace", x, y);
        Backend backend = Backend.of(x);
        Storage addend = y.storage();
        Storage out = x.overwrite("addReluInPlace");
        backend.elementwise().addRelu(out, addend, out);
        return record("addReluInPlace", x, y, Tensor.of(out));
    }

    private static Tensor record(String op, Tensor x, Tensor y, Tensor out) {
        Backend backend = Backend.of(out);
        return Autograd.record(op, out, List.of(x, y), List.of(out), dout -> {
            Tensor dx = Autograd.reuse(dout);
            backend.elementwise().activateBackward(Activation.RELU, out.storage(), dout.storage(), dx.storage());
            return new Tensor[] {dx, dx};
        });
    }
}
