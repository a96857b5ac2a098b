package dev.squall.backend;

import dev.squall.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A box of indices, and which elements of a tensor they stand for: the element of index (i_0, i_1, ...) has in dimension d the coordinate {@code
 * origin[d] + sum of i_a * step_a} over the axes a that move along d. Slices, strides, reversals, permutations and repetitions are regions, so that
 * one copy does them all:
 *
 * <pre>{@code
 * movement.copy(x, Region.of(x.shape()).permuted(0, 2, 3, 1), y, Region.of(y.shape()));    // NCHW to NHWC
 * }</pre>
 *
 * @param origin the coordinates of index (0, 0, ...), one for each dimension of the tensor
 * @param axes the box, its outermost axis first
 */
public record Region(List<Integer> origin, List<Axis> axes) {
    /**
     * One axis of the box.
     *
     * @param dimension of the tensor that it moves along
     * @param step from index to index in that dimension; 0 stays, negative goes back
     * @param size number of indices
     */
    public record Axis(int dimension, int step, int size) {}

    public Region {
        origin = List.copyOf(origin);
        axes = List.copyOf(axes);
    }

    /** All elements of a tensor, in row-major order. */
    public static Region of(Shape shape) {
        return new Region(
                IntStream.range(0, shape.rank()).mapToObj(d -> 0).toList(),
                IntStream.range(0, shape.rank())
                        .mapToObj(d -> new Axis(d, 1, shape.dim(d)))
                        .toList());
    }

    /** The indices {@code start}, {@code start + step}, ... of axis {@code axis}, {@code size} of them. */
    public Region sliced(int axis, int start, int step, int size) {
        Axis before = axes.get(axis);
        List<Integer> moved = new ArrayList<>(origin);
        moved.set(before.dimension, coordinate(origin.get(before.dimension) + (long) start * before.step));
        List<Axis> changed = new ArrayList<>(axes);
        changed.set(axis, new Axis(before.dimension, coordinate((long) step * before.step), size));
        return new Region(moved, changed);
    }

    private static int coordinate(long value) {
        if (value != (int) value) {
            throw new IllegalArgumentException("the coordinates and steps of a region must be ints, got " + value);
        }
        return (int) value;
    }

    /** Only index {@code index} of axis {@code axis}, which disappears. */
    public Region at(int axis, int index) {
        Region sliced = sliced(axis, index, 1, 1);
        List<Axis> left = new ArrayList<>(sliced.axes);
        left.remove(axis);
        return new Region(sliced.origin, left);
    }

    /** The same elements in another order: axis a of the result is axis {@code order[a]} of this. */
    public Region permuted(int... order) {
        return new Region(origin, Arrays.stream(order).mapToObj(axes::get).toList());
    }

    /** Each element {@code size} times, along a new axis in front of axis {@code axis}. */
    public Region repeated(int axis, int size) {
        List<Axis> more = new ArrayList<>(axes);
        more.add(axis, new Axis(0, 0, size));
        return new Region(origin, more);
    }

    /** The number of indices. */
    public int elements() {
        return axes.stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
    }

    /** The sizes of the axes. */
    public int[] sizes() {
        return axes.stream().mapToInt(Axis::size).toArray();
    }

    /** Whether every index stands for an element of a tensor of that shape. */
    public boolean isInside(Shape shape) {
        if (origin.size() != shape.rank()) {
            return false;
        }
        long[] low = origin.stream().mapToLong(i -> i).toArray();
        long[] high = low.clone();
        for (Axis axis : axes) {
            if (axis.size < 1
                    || (shape.rank() == 0 ? axis.step != 0 : axis.dimension < 0 || axis.dimension >= low.length)) {
                return false;
            }
            long way = axis.step * (axis.size - 1L);
            if (way < 0) {
                low[axis.dimension] += way;
            } else if (way > 0) {
                high[axis.dimension] += way;
            }
        }
        return IntStream.range(0, low.length).allMatch(d -> low[d] >= 0 && high[d] < shape.dim(d));
    }

    /** Whether no two indices stand for one element, so that the region can be written; for a region {@linkplain #isInside inside} of a tensor. */
    public boolean isInjective() {
        return IntStream.range(0, origin.size()).allMatch(this::isInjectiveAlong)
                && axes.stream().allMatch(axis -> axis.step != 0 || axis.size == 1);
    }

    /** Whether the axes that move along a dimension reach each of its coordinates in at most one way. */
    private boolean isInjectiveAlong(int dimension) {
        List<Axis> moving = axes.stream()
                .filter(axis -> axis.dimension == dimension && axis.size > 1)
                .sorted(Comparator.comparingInt(axis -> Math.abs(axis.step)))
                .toList();
        BitSet reached = BitSet.valueOf(new long[] {1});
        boolean isApart = true;
        int width = 1;
        for (Axis axis : moving) {
            isApart &= Math.abs(axis.step) >= width;
            width += Math.abs(axis.step) * (axis.size - 1);
        }
        // Nearly always each axis steps over all that the finer ones reach. Those that do not may still miss each
        // other.
        for (int a = 0; a < moving.size() && !isApart; a++) {
            BitSet before = reached;
            reached = new BitSet();
            for (int i = 0; i < moving.get(a).size; i++) {
                int way = i * Math.abs(moving.get(a).step); // counted from the other end where it goes back
                if (before.stream().map(c -> c + way).anyMatch(reached::get)) {
                    return false;
                }
                before.stream().map(c -> c + way).forEach(reached::set);
            }
        }
        return true;
    }
}
