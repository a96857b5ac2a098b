package dev.squall.op;

import dev.squall.backend.Region;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Dimensions in another order: dimension i of y is dimension {@code order[i]} of x; dx is dy in the inverse order. */
public final class Permute {
    private Permute() {}

    /**
     * Reorders dimensions, for example {@code permute(x, 0, 2, 3, 1)} from NCHW to NHWC.
     *
     * @param order each dimension of {@code x} once; negative ones count from the end
     */
    public static Tensor permute(Tensor x, int... order) {
        int rank = x.shape().rank();
        int[] dimensions =
                Arrays.stream(order).map(d -> Dimensions.of("permute", d, rank)).toArray();
        if (dimensions.length != rank || Arrays.stream(dimensions).distinct().count() != rank) {
            throw new IllegalArgumentException(
                    "permute needs each dimension of " + x.shape() + " once, got " + Arrays.toString(order));
        }
        return RegionCopy.apply("permute", x, Region.of(x.shape()).permuted(dimensions));
    }

    /** {@code x} with two dimensions exchanged; negative ones count from the end. */
    public static Tensor transpose(Tensor x, int first, int second) {
        int[] order = IntStream.range(0, x.shape().rank()).toArray();
        int a = Dimensions.of("transpose", x, first);
        int b = Dimensions.of("transpose", x, second);
        order[a] = b;
        order[b] = a;
        return RegionCopy.apply("transpose", x, Region.of(x.shape()).permuted(order));
    }
}
