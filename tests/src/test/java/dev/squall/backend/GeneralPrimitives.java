package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The general primitives, on any rank, with both roles, in both layouts. */
public abstract class GeneralPrimitives {
    /** How exact they are on a backend. */
    private static final double TOLERANCE = 2e-6;

    private static final List<Unary> FUNCTIONS = List.of(
            Unary.EXP,
            Unary.ABS,
            Unary.SOFTPLUS,
            Unary.power(2),
            Unary.power(3),
            Unary.power(0),
            Unary.clamp(-1, 0.5f),
            Unary.clamp(0.5f, Float.POSITIVE_INFINITY),
            Unary.linear(2.5f, -1));

    private static final List<Unary> OF_POSITIVES =
            List.of(Unary.LOG, Unary.SQRT, Unary.power(-1), Unary.power(-0.5f), Unary.power(1.7f), Unary.power(0.5f));

    /** Outputs, and operands that can be broadcast to them. */
    private static final List<List<Shape>> BROADCASTS = List.of(
            List.of(Shape.of(2, 17, 3, 5), Shape.of(17, 1, 1), Shape.of(2, 17, 1, 1), Shape.of(1, 17, 1, 1)),
            List.of(Shape.of(2, 17, 3, 5), Shape.SCALAR, Shape.of(1), Shape.of(1, 1, 1, 1)),
            List.of(Shape.of(3, 5, 7, 4), Shape.of(4), Shape.of(7, 1), Shape.of(3, 1, 7, 4), Shape.of(1, 5, 1, 4)),
            List.of(Shape.of(5, 9, 1, 1), Shape.of(9, 1, 1), Shape.of(5, 1, 1, 1), Shape.of(5, 9, 1, 1)),
            List.of(Shape.of(6, 35), Shape.of(35), Shape.of(6, 1), Shape.SCALAR, Shape.of(6, 35)),
            List.of(Shape.of(2, 3, 1, 2, 3, 4), Shape.of(3, 1, 1, 3, 1), Shape.of(2, 1, 1, 2, 1, 4), Shape.of(4)),
            List.of(Shape.SCALAR, Shape.SCALAR));

    static Stream<Shape> shapes() {
        return Stream.of(
                Shape.SCALAR,
                Shape.of(7),
                Shape.of(5, 33),
                Shape.of(2, 3, 5),
                Shape.of(2, 5, 1, 1),
                Shape.of(2, 17, 2, 2),
                Shape.of(3, 16, 4, 5),
                Shape.of(2, 35, 9, 6),
                Shape.of(2, 3, 2, 1, 3, 2));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void functions(Shape shape) {
        check(3e-6, o -> {
            var e = o.backend.elementwise();
            for (Role role : Role.values()) {
                for (Unary f : FUNCTIONS) {
                    apply(o, f, o.random(shape, role, 0.5, 2));
                }
                for (Unary f : OF_POSITIVES) {
                    Storage x = o.random(shape, role, 0, 1);
                    e.unary(Unary.ABS, x, x);
                    e.unary(Unary.linear(1, 0.3f), x, x);
                    apply(o, f, x);
                }
            }
        });
    }

    private static void apply(Operands o, Unary f, Storage x) {
        Storage y = o.out(x.shape(), x.role());
        o.backend.elementwise().unary(f, x, y);
        Storage dy = o.random(x.shape(), x.role(), 0, 1);
        Storage saved = f.differentiatesFromOutput() ? y : x;
        o.backend.elementwise().unaryBackward(f, saved, dy, o.out(x.shape(), x.role()));
        o.backend.elementwise().unaryBackward(f, saved, dy, dy);
        o.backend.elementwise().unary(f, x, x);
    }

    /** Where a function stops being ordinary. */
    @Test
    void extremes() {
        float inf = Float.POSITIVE_INFINITY;
        float[] values = {0, -0f, 1, -1, inf, -inf, Float.NaN, 100, -100, 1e-40f, 88.5f, -90, 1e-6f, -1e-6f};
        for (Unary f : List.of(Unary.EXP, Unary.LOG, Unary.SQRT, Unary.ABS, Unary.SOFTPLUS, Unary.clamp(-2, 2))) {
            float[] expected = apply(new ReferenceBackend(), f, values);
            float[] actual = apply(open(), f, values);
            for (int i = 0; i < values.length; i++) {
                if (Float.isFinite(expected[i])) {
                    assertThat((double) actual[i])
                            .as("%s of %s", f.kind(), values[i])
                            .isCloseTo(expected[i], offset(2e-6 * Math.abs(expected[i]) + 1e-44));
                } else {
                    assertThat(Float.compare(actual[i], expected[i]))
                            .as("%s of %s, got %s", f.kind(), values[i], actual[i])
                            .isZero();
                }
            }
        }
    }

    /**
     * Runs {@code body} on the reference backend and on the tested one and compares all operands.
     *
     * @param tolerance the largest difference from the reference, as a share of the reference's largest value
     */
    protected abstract void check(double tolerance, Consumer<Operands> body);

    private void check(Consumer<Operands> body) {
        check(TOLERANCE, body);
    }

    /** The tested backend, for the caller to close. */
    protected abstract Backend open();

    private static float[] apply(Backend backend, Unary f, float[] values) {
        try (backend) {
            Storage x = backend.allocate(Shape.of(values.length), Role.ACTIVATION);
            backend.upload(values, x);
            backend.elementwise().unary(f, x, x);
            float[] results = new float[values.length];
            backend.download(x, results);
            return results;
        }
    }

    @ParameterizedTest
    @EnumSource(Binary.class)
    void ofTwo(Binary f) {
        check(o -> {
            for (List<Shape> shapes : BROADCASTS) {
                Shape shape = shapes.getFirst();
                for (Shape operand : shapes) {
                    for (Role role : Role.values()) {
                        Storage large = rounded(o, shape, Role.ACTIVATION);
                        Storage small = rounded(o, operand, role);
                        o.backend.elementwise().binary(f, large, small, o.out(shape));
                        o.backend.elementwise().binary(f, small, large, o.out(shape, Role.PARAMETER));
                        o.backend.elementwise().binary(f, large, 1.5f, o.out(shape));
                        o.backend.elementwise().binary(f, large, small, large);
                    }
                }
                Storage first = rounded(o, shapes.get(shapes.size() / 2), Role.ACTIVATION);
                o.backend.elementwise().binary(f, first, rounded(o, shapes.getLast(), Role.PARAMETER), o.out(shape));
            }
        });
    }

    /** Halves, so that some are equal; none of them 0 or negative, for quotients and powers. */
    private static Storage rounded(Operands o, Shape shape, Role role) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f * (1 + o.nextInt(5));
        }
        return o.of(shape, role, values);
    }

    @Test
    void choices() {
        check(o -> {
            for (List<Shape> shapes : BROADCASTS) {
                Shape shape = shapes.getFirst();
                for (Shape operand : shapes) {
                    Storage condition = o.of(shape, Role.ACTIVATION, bits(o, shape));
                    Storage small = o.parameter(operand, 0, 1);
                    o.backend.elementwise().where(condition, o.activation(shape), small, o.out(shape));
                    o.backend.elementwise().where(small, small, o.activation(shape), o.out(shape));
                    o.backend.elementwise().where(condition, small, condition, condition);
                }
            }
        });
    }

    private static float[] bits(Operands o, Shape shape) {
        float[] bits = new float[shape.elements()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = o.nextInt(2);
        }
        return bits;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void reductions(Shape shape) {
        check(o -> {
            for (int set = 0; set < 1 << shape.rank(); set++) {
                int[] dimensions = dimensions(set);
                int[] kept = shape.toArray();
                for (int d : dimensions) {
                    kept[d] = 1;
                }
                for (Reduction.Kind kind : Reduction.Kind.values()) {
                    Storage x = o.activation(shape);
                    o.backend.reduction().reduce(kind, x, dimensions, o.out(Shape.of(kept)));
                    o.backend
                            .reduction()
                            .reduce(kind, x, dimensions, o.out(without(shape, dimensions), Role.PARAMETER));
                }
            }
            for (int d = 0; d < shape.rank(); d++) {
                Storage x = rounded(o, shape, Role.ACTIVATION);
                o.backend.reduction().indexOf(Reduction.Kind.MAX, x, d, o.out(without(shape, d)));
                o.backend.reduction().indexOf(Reduction.Kind.MIN, x, d, o.out(without(shape, d)));
            }
        });
    }

    private static int[] dimensions(int set) {
        return IntStream.range(0, 31).filter(d -> (set >> d & 1) == 1).toArray();
    }

    private static Shape without(Shape shape, int... dimensions) {
        List<Integer> left = new ArrayList<>();
        for (int d = 0; d < shape.rank(); d++) {
            int dimension = d;
            if (Arrays.stream(dimensions).noneMatch(other -> other == dimension)) {
                left.add(shape.dim(d));
            }
        }
        return Shape.of(left.stream().mapToInt(i -> i).toArray());
    }

    @Test
    void notANumberWins() {
        check(o -> {
            Storage x = o.of(Shape.of(2, 4), Role.ACTIVATION, 1, Float.NaN, 3, Float.NaN, 4, 2, 4, 1);
            for (Reduction.Kind kind : List.of(Reduction.Kind.MAX, Reduction.Kind.MIN)) {
                o.backend.reduction().reduce(kind, x, new int[] {1}, o.out(Shape.of(2)));
                o.backend.reduction().indexOf(kind, x, 1, o.out(Shape.of(2)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void regions(Shape shape) {
        check(o -> {
            Region all = Region.of(shape);
            for (Role role : Role.values()) {
                Storage x = o.random(shape, role, 0, 1);
                int rank = shape.rank();
                if (rank > 0) {
                    int[] reversed =
                            IntStream.range(0, rank).map(d -> rank - 1 - d).toArray();
                    copyWhole(o, x, all.permuted(reversed));
                }
                copyWhole(o, x, all.repeated(0, 3));
                copyWhole(o, x, all.repeated(rank, 2));
                for (int d = 0; d < rank; d++) {
                    int size = shape.dim(d);
                    copyWhole(o, x, all.sliced(d, size - 1, -1, size));
                    copyWhole(o, x, all.sliced(d, size / 3, 2, Math.ceilDiv(size - size / 3, 2)));
                    copyWhole(o, x, all.at(d, size / 2));
                    // Into a part of something larger, the rest of which stays.
                    int[] larger = shape.toArray();
                    larger[d] = 2 * size + 1;
                    Storage out = o.random(Shape.of(larger), Role.ACTIVATION, 0, 1);
                    o.backend
                            .movement()
                            .copy(x, all, out, Region.of(out.shape()).sliced(d, 1, 2, size));
                }
            }
        });
    }

    private static void copyWhole(Operands o, Storage x, Region from) {
        Shape shape = Shape.of(from.sizes());
        o.backend.movement().copy(x, from, o.out(shape), Region.of(shape));
    }

    /** The move from space to depth is one copy too. */
    @Test
    void spaceToDepthAsACopy() {
        check(o -> {
            Storage x = o.activation(Shape.of(2, 3, 4, 6));
            Storage expected = o.out(Shape.of(2, 12, 2, 3));
            o.backend.pooling().spaceToDepth(x, 2, expected);
            Storage y = o.out(Shape.of(2, 12, 2, 3));
            List<Integer> origin = List.of(0, 0, 0, 0);
            Region from = new Region(
                    origin,
                    List.of(axis(0, 1, 2), axis(2, 1, 2), axis(3, 1, 2), axis(1, 1, 3), axis(2, 2, 2), axis(3, 2, 3)));
            Region to = new Region(
                    origin,
                    List.of(axis(0, 1, 2), axis(1, 6, 2), axis(1, 3, 2), axis(1, 1, 3), axis(2, 1, 2), axis(3, 1, 3)));
            o.backend.movement().copy(x, from, y, to);
            o.backend.elementwise().binary(Binary.EQUAL, y, expected, y);
            o.backend.reduction().reduce(Reduction.Kind.MIN, y, new int[] {0, 1, 2, 3}, o.out(Shape.SCALAR));
        });
    }

    private static Region.Axis axis(int dimension, int step, int size) {
        return new Region.Axis(dimension, step, size);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void sparseProducts(Shape shape) {
        check(o -> {
            for (int d = 0; d < shape.rank(); d++) {
                int size = shape.dim(d);
                int last = size - 1;
                SparseMatrix picks = SparseMatrix.selecting(size, last, 0, last / 2, last);
                SparseMatrix mixes = new SparseMatrix(
                        size, new int[] {0, 2, 2, 5}, new int[] {0, last, last / 2, 0, 0}, new float[] {
                            0.3f, 0.7f, 2, -1, 0.25f
                        });
                for (SparseMatrix matrix : List.of(picks, mixes)) {
                    int[] sizes = shape.toArray();
                    sizes[d] = matrix.height();
                    Storage y = o.out(Shape.of(sizes));
                    o.backend.movement().multiply(matrix, o.activation(shape), d, y);
                    o.backend.movement().multiply(matrix.transposed(), y, d, o.out(shape, Role.PARAMETER));
                }
            }
        });
    }

    @Test
    void batchesOfProducts() {
        check(o -> {
            for (int i = 0; i < 4; i++) {
                boolean transposeA = i % 2 == 1;
                boolean transposeB = i / 2 == 1;
                Storage a = o.activation(transposeA ? Shape.of(3, 7, 5) : Shape.of(3, 5, 7));
                Storage b = o.parameter(transposeB ? Shape.of(3, 18, 7) : Shape.of(3, 7, 18), 0, 1);
                o.backend.matmul().batched(a, transposeA, b, transposeB, o.out(Shape.of(3, 5, 18)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void compositions(Shape shape) {
        check(5e-6, o -> {
            for (int d = 0; d < shape.rank(); d++) {
                Storage x = o.activation(shape);
                Storage y = o.out(shape);
                o.backend.loss().softmax(x, d, y);
                o.backend.loss().softmaxBackward(y, o.activation(shape), d, o.out(shape));
                Storage logarithms = o.out(shape);
                o.backend.loss().logSoftmax(x, d, logarithms);
                o.backend.loss().logSoftmaxBackward(logarithms, o.activation(shape), d, o.out(shape));
            }
        });
    }

    @Test
    void standardised() {
        check(5e-6, o -> {
            for (Shape shape : List.of(Shape.of(3, 5, 19), Shape.of(2, 17, 4, 5), Shape.of(7, 33))) {
                for (int first = 1; first < shape.rank(); first++) {
                    int from = first;
                    int[] dimensions = IntStream.range(from, shape.rank()).toArray();
                    int[] kept = shape.toArray();
                    Arrays.fill(kept, from, kept.length, 1);
                    Storage inverse = o.out(Shape.of(kept));
                    Storage y = o.out(shape);
                    o.backend.normalisation().standardise(o.activation(shape), dimensions, 1e-5f, inverse, y);
                    o.backend
                            .normalisation()
                            .standardiseBackward(y, inverse, o.activation(shape), dimensions, o.out(shape));
                }
            }
        });
    }
}
