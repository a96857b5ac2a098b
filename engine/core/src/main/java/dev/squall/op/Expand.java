package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Repetition to a larger shape, as broadcasting does it; dx sums dy over the repetitions. */
public final class Expand {
    private Expand() {}

    /**
     * {@code x} repeated to {@code shape}.
     *
     * @param shape whose last dimensions are those of {@code x} where these are not 1
     */
    public static Tensor expand(Tensor x, Shape shape) {
        int missing = shape.rank() - x.shape().rank();
        boolean fits = missing >= 0;
        for (int d = 0; fits && d < x.shape().rank(); d++) {
            fits = x.shape().dim(d) == 1 || x.shape().dim(d) == shape.dim(d + missing);
        }
        Check.that(
                fits, "expand", "a shape whose dimensions, counted from the last, are those of " + shape + ", or 1", x);
        Tensor y = Tensor.of(Backend.of(x).allocate(shape, x.role()));
        Broadcasting.repeat(x.storage(), y.storage());
        return Autograd.record("expand", y, List.of(x), List.of(), dy -> new Tensor[] {Broadcasting.gradient(dy, x)});
    }
}
