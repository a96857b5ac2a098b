package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.backend.Reduction;
import dev.squall.backend.Region;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Repeating operands to a common shape, as in NumPy: shapes are aligned at their last dimension, and a dimension of 1 or a missing one is repeated. */
final class Broadcasting {
    private Broadcasting() {}

    /** The shape to which all operands are repeated. */
    static Shape shape(String op, Tensor... operands) {
        Shape common = operands[0].shape();
        for (Tensor operand : operands) {
            common = common(op, common, operand.shape(), operands);
            Check.sameBackend(op, operands[0], operand);
        }
        return common;
    }

    private static Shape common(String op, Shape x, Shape y, Tensor... operands) {
        int[] sizes = new int[Math.max(x.rank(), y.rank())];
        for (int d = 1; d <= sizes.length; d++) {
            int a = d <= x.rank() ? x.dim(-d) : 1;
            int b = d <= y.rank() ? y.dim(-d) : 1;
            Check.that(
                    a == b || a == 1 || b == 1,
                    op,
                    "shapes that are equal, dimension by dimension from the last, or 1 on one side",
                    operands);
            sizes[sizes.length - d] = Math.max(a, b);
        }
        return Shape.of(sizes);
    }

    /** A result of that shape: an activation unless all operands are parameters. */
    static Tensor result(Shape shape, Tensor... operands) {
        boolean isParameter = true;
        for (Tensor operand : operands) {
            isParameter &= operand.role() == Role.PARAMETER;
        }
        return Tensor.of(operands[0].memory().allocate(shape, isParameter ? Role.PARAMETER : Role.ACTIVATION));
    }

    /** The gradient of an operand from that of what it was repeated to: summed over its repetitions. */
    static Tensor gradient(Tensor dout, Tensor operand) {
        Shape from = dout.shape();
        Shape to = operand.shape();
        if (from.equals(to) && dout.role() == operand.role()) {
            return dout;
        }
        Backend backend = Backend.of(dout);
        Tensor sum = operand.like();
        if (from.equals(to)) {
            backend.elementwise().copy(dout.storage(), sum.storage());
        } else {
            int missing = from.rank() - to.rank();
            int[] repeated = IntStream.range(0, from.rank())
                    .filter(d -> d < missing || to.dim(d - missing) == 1)
                    .toArray();
            backend.reduction().reduce(Reduction.Kind.SUM, dout.storage(), repeated, sum.storage());
        }
        return sum;
    }

    /** Writes {@code x}, repeated to the shape of {@code out}. */
    static void repeat(Storage x, Storage out) {
        Shape to = out.shape();
        int missing = to.rank() - x.shape().rank();
        List<Region.Axis> axes = new ArrayList<>();
        for (int d = 0; d < to.rank(); d++) {
            boolean repeats = d < missing || x.shape().dim(d - missing) != to.dim(d);
            axes.add(new Region.Axis(Math.max(0, d - missing), repeats ? 0 : 1, to.dim(d)));
        }
        Backend backend = (Backend) out.memory();
        backend.movement().copy(x, new Region(Region.of(x.shape()).origin(), axes), out, Region.of(to));
    }
}
