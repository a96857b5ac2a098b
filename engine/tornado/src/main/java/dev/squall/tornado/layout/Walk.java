package dev.squall.tornado.layout;

import dev.squall.tensor.Shape;
import dev.squall.tornado.device.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A walk over a box of indices that keeps the place in several tensors at once. Both layouts put the element of coordinates (i_0, i_1, ...) at a
 * float that is a sum of i_d times a step, so a kernel finds any element of any tensor, whatever its layout, rank, or repetition, by one loop over the
 * axes:
 *
 * <pre>{@code
 * for (axis from the innermost)  { place += item % size * step;  item /= size; }
 * }</pre>
 *
 * An item that stands for a padding channel has no element: kernels write a zero there and look no further.
 *
 * <p>Neighbouring axes over which all tensors advance evenly are joined, so that a walk over tensors that are alike has a single one.
 *
 * @param axes the innermost first
 */
public record Walk(List<Axis> axes) {
    /**
     * One axis.
     *
     * @param steps in floats, one for each tensor; 0 where it stays in place
     */
    public record Axis(int size, int[] steps) {
        private boolean continues(Axis inner) {
            return IntStream.range(0, steps.length).allMatch(i -> steps[i] == inner.steps[i] * inner.size);
        }
    }

    /** The box whose axes are given, the innermost first, with as few axes as say the same. */
    private static Walk of(List<Axis> axes) {
        List<Axis> joined = new ArrayList<>();
        for (Axis axis : axes) {
            if (!joined.isEmpty() && axis.continues(joined.getLast())) {
                Axis inner = joined.removeLast();
                joined.add(new Axis(inner.size * axis.size, inner.steps));
            } else if (axis.size > 1) {
                joined.add(axis);
            }
        }
        return new Walk(List.copyOf(joined));
    }

    /** A box whose order does not matter: the axes along which the first tensor advances least come first. */
    public static Walk inAnyOrder(List<Axis> axes) {
        return of(axes.stream()
                .sorted(Comparator.comparingInt(axis -> Math.abs(axis.steps[0])))
                .toList());
    }

    /** One tensor's floats, {@code size} of them, each {@code step} after the one before. */
    public static Walk along(int size, int step) {
        return of(List.of(new Axis(size, new int[] {step})));
    }

    /**
     * All floats of {@code out} in the order in which they lie, padding channels included.
     *
     * @param steps for each tensor, its step in floats along each dimension of {@code out}
     */
    public static Walk over(TornadoStorage out, int[]... steps) {
        Shape shape = out.shape();
        List<Axis> axes = new ArrayList<>();
        for (int d : physicalOrder(out)) {
            int size = d == 1 && out.isChannelsLast() ? out.pixelFloats() : shape.dim(d);
            axes.add(new Axis(size, Arrays.stream(steps).mapToInt(s -> s[d]).toArray()));
        }
        return of(axes);
    }

    /** The dimensions, the one along which neighbours in memory lie first. */
    private static int[] physicalOrder(TornadoStorage storage) {
        int rank = storage.shape().rank();
        return storage.isChannelsLast()
                ? new int[] {1, 3, 2, 0}
                : IntStream.range(0, rank).map(d -> rank - 1 - d).toArray();
    }

    /** Steps of {@code x} along the dimensions of a shape that it is broadcast to, as {@link dev.squall.backend.Elementwise#binary} says. */
    public static int[] broadcast(TornadoStorage x, Shape to) {
        int[] own = x.steps();
        int[] steps = new int[to.rank()];
        int missing = to.rank() - own.length;
        for (int d = 0; d < own.length; d++) {
            steps[missing + d] = x.shape().dim(d) == 1 ? 0 : own[d];
        }
        return steps;
    }

    /**
     * The sizes of a kernel: {@code first}, and then for each axis its size and its steps.
     *
     * @throws UnsupportedOperationException if there are more than a kernel takes
     */
    public int[] after(int... first) {
        int[] sizes = Arrays.copyOf(first, first.length + slots());
        int slot = first.length;
        for (Axis axis : axes) {
            sizes[slot++] = axis.size;
            for (int step : axis.steps) {
                sizes[slot++] = step;
            }
        }
        if (sizes.length > Device.SIZES) {
            throw new UnsupportedOperationException("the tornado backend combines tensors of at most about "
                    + (Device.SIZES / (slots() / axes.size()) - 3)
                    + " dimensions that are laid out differently, got " + axes.size());
        }
        return sizes;
    }

    private int slots() {
        return axes.isEmpty() ? 0 : axes.size() * (1 + axes.getFirst().steps.length);
    }

    /** The number of items. */
    public int items() {
        return axes.stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
    }
}
