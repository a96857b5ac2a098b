package dev.squall.op;

import dev.squall.backend.Region;
import dev.squall.tensor.Tensor;

/** Dimensions backwards: index i of y is index {@code n - 1 - i} of x, and so dx of dy. */
public final class Flip {
    private Flip() {}

    /**
     * Turns dimensions round.
     *
     * @param dimensions negative ones count from the end, none stands for all
     */
    public static Tensor flip(Tensor x, int... dimensions) {
        Region from = Region.of(x.shape());
        for (int d : Dimensions.of("flip", x, dimensions)) {
            int size = x.shape().dim(d);
            from = from.sliced(d, size - 1, -1, size);
        }
        return RegionCopy.apply("flip", x, from);
    }
}
