package dev.squall.jvm.loop;

import dev.squall.backend.Binary;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Shape;
import java.util.Arrays;

/**
 * Loops over row-major arrays of any rank, for what is too rare for a loop on the blocked layout: operands are copied out of it, the result into it.
 * Neighbouring dimensions that are walked alike are one to the loops, so that the innermost is long.
 */
public final class RowMajor {
    private RowMajor() {}

    /**
     * A walk through the elements of a shape in row-major order, and where the elements of smaller tensors lie meanwhile.
     *
     * @param sizes of the dimensions, outermost first
     * @param strides for each tensor, its step along each dimension
     */
    public record Walk(int[] sizes, int[][] strides) {
        /** A walk through {@code out}, to which the operands are broadcast. */
        public static Walk broadcast(Shape out, Shape... operands) {
            int rank = out.rank();
            int[][] strides = new int[operands.length][rank];
            for (int k = 0; k < operands.length; k++) {
                Shape operand = operands[k];
                int stride = 1;
                for (int d = operand.rank() - 1; d >= 0; d--) {
                    if (operand.dim(d) > 1) {
                        strides[k][d + rank - operand.rank()] = stride;
                    }
                    stride *= operand.dim(d);
                }
            }
            return new Walk(out.toArray(), strides).joined();
        }

        /** A walk through {@code x}, and through the same without some dimensions. */
        public static Walk without(int[] dimensions, Shape x) {
            int[] strides = new int[x.rank()];
            int stride = 1;
            int next = dimensions.length - 1;
            for (int d = x.rank() - 1; d >= 0; d--) {
                if (next >= 0 && dimensions[next] == d) {
                    next--;
                } else {
                    strides[d] = stride;
                    stride *= x.dim(d);
                }
            }
            return new Walk(x.toArray(), new int[][] {strides}).joined();
        }

        /** With each run of dimensions that every tensor steps through evenly as one; at least one dimension. */
        private Walk joined() {
            int[] joined = new int[Math.max(1, sizes.length)];
            int[][] steps = new int[strides.length][joined.length];
            int count = 0;
            for (int d = 0; d < sizes.length; d++) {
                if (sizes[d] == 1) {
                    continue;
                }
                if (count > 0 && continues(steps, count - 1, d)) {
                    joined[count - 1] *= sizes[d];
                    count--;
                } else {
                    joined[count] = sizes[d];
                }
                for (int k = 0; k < steps.length; k++) {
                    steps[k][count] = strides[k][d];
                }
                count++;
            }
            if (count == 0) {
                joined[0] = 1;
                count = 1;
            }
            int length = count;
            return new Walk(
                    Arrays.copyOf(joined, length),
                    Arrays.stream(steps).map(s -> Arrays.copyOf(s, length)).toArray(int[][]::new));
        }

        private boolean continues(int[][] steps, int last, int d) {
            for (int k = 0; k < steps.length; k++) {
                if (steps[k][last] != strides[k][d] * sizes[d]) {
                    return false;
                }
            }
            return true;
        }

        private int inner() {
            return sizes[sizes.length - 1];
        }

        private int innerStride(int k) {
            return strides[k][sizes.length - 1];
        }

        private int rows() {
            int rows = 1;
            for (int d = 0; d < sizes.length - 1; d++) {
                rows *= sizes[d];
            }
            return rows;
        }

        /** Where row {@code row} of the walk begins in tensor {@code k}. */
        private int start(int k, int row) {
            int at = 0;
            int rest = row;
            for (int d = sizes.length - 2; d >= 0; d--) {
                at += rest % sizes[d] * strides[k][d];
                rest /= sizes[d];
            }
            return at;
        }
    }

    /** out = f(x, y), broadcast. */
    public static void binary(Binary f, float[] x, float[] y, float[] out, Walk walk) {
        int n = walk.inner();
        int sx = walk.innerStride(0);
        int sy = walk.innerStride(1);
        for (int row = 0; row < walk.rows(); row++) {
            int a = walk.start(0, row);
            int b = walk.start(1, row);
            int o = row * n;
            for (int i = 0; i < n; i++) {
                out[o + i] = apply(f, x[a + i * sx], y[b + i * sy]);
            }
        }
    }

    private static float apply(Binary f, float x, float y) {
        return switch (f) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> x / y;
            case POWER -> (float) Math.pow(x, y);
            case MAXIMUM -> Math.max(x, y);
            case MINIMUM -> Math.min(x, y);
            case EQUAL -> x == y ? 1 : 0;
            case NOT_EQUAL -> x != y ? 1 : 0;
            case LESS -> x < y ? 1 : 0;
            case LESS_EQUAL -> x <= y ? 1 : 0;
            case GREATER -> x > y ? 1 : 0;
            case GREATER_EQUAL -> x >= y ? 1 : 0;
        };
    }

    /** out = condition &ne; 0 ? x : y, broadcast. */
    public static void where(float[] condition, float[] x, float[] y, float[] out, Walk walk) {
        int n = walk.inner();
        for (int row = 0; row < walk.rows(); row++) {
            int c = walk.start(0, row);
            int a = walk.start(1, row);
            int b = walk.start(2, row);
            for (int i = 0; i < n; i++) {
                out[row * n + i] = condition[c + i * walk.innerStride(0)] != 0
                        ? x[a + i * walk.innerStride(1)]
                        : y[b + i * walk.innerStride(2)];
            }
        }
    }

    /** out = the reduction of x over the dimensions along which the walk does not move in out. */
    public static void reduce(Reduction.Kind kind, float[] x, float[] out, Walk walk) {
        double[] results = new double[out.length];
        Arrays.fill(
                results,
                switch (kind) {
                    case SUM, MEAN -> 0;
                    case MAX -> Double.NEGATIVE_INFINITY;
                    case MIN -> Double.POSITIVE_INFINITY;
                });
        int n = walk.inner();
        int step = walk.innerStride(0);
        for (int row = 0; row < walk.rows(); row++) {
            int to = walk.start(0, row);
            for (int i = 0; i < n; i++) {
                double before = results[to + i * step];
                float value = x[row * n + i];
                results[to + i * step] = switch (kind) {
                    case SUM, MEAN -> before + value;
                    case MAX -> Math.max(before, value);
                    case MIN -> Math.min(before, value);
                };
            }
        }
        double divisor = kind == Reduction.Kind.MEAN ? (double) x.length / out.length : 1;
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (results[i] / divisor);
        }
    }
}
