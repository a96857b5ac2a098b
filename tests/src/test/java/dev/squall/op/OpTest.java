package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.Probes;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.random.Well19937c;
import org.junit.jupiter.api.DynamicTest;

/**
 * Checks an operation in one line for each case. {@link #check} compares every gradient on the reference backend with central finite
 * differences, and on every other backend the output, the gradients and the changed buffers with the reference (on {@code meta}
 * the shapes); and everywhere that no memory is left behind.
 */
final class OpTest {
    /** Half the step of the differences: a power of two, so that x + step is exact. */
    private static final float STEP = 1f / 128;

    private static final double DIFFERENCES_TOLERANCE = 1e-3;

    /** What a gradient may be off where values of the order of 1, rounded to single precision, cancel. */
    private static final double NOISE = 1e-6;

    private static final double BACKEND_TOLERANCE = 5e-5;
    private static final int DIFFERENCES_FOR_EACH_INPUT = 40;

    /** Inputs are of the order of 1, so what cancels to less than this is noise of single precision. */
    private static final double SMALLEST_SCALE = 0.02;

    private OpTest() {}

    @FunctionalInterface
    interface Operation {
        Tensor apply(Tensor... inputs);
    }

    /** What one run of an operation gave; null where an input has no gradient. */
    private record Run(Shape shape, float[] output, List<float[]> gradients, List<float[]> inputsAfter) {}

    static DynamicTest check(String name, Operation operation, Input... inputs) {
        return dynamicTest(name, () -> {
            RandomGenerator random = new Well19937c(name.hashCode());
            float[][] values =
                    Arrays.stream(inputs).map(input -> input.draw(random)).toArray(float[][]::new);
            Run expected = run(BackendsUnderTest.reference(), operation, inputs, values);
            for (int k = 0; k < inputs.length; k++) {
                if (inputs[k].hasGradient()) {
                    compareWithDifferences(operation, inputs, values, k, expected.gradients.get(k), random);
                }
            }
            compareShapes(run(BackendsUnderTest.meta(), operation, inputs, values), expected);
            for (Backend backend : BackendsUnderTest.others()) {
                try (Probes.Probing _ = Probes.on(backend)) {
                    compareRuns(backend.name(), run(backend, operation, inputs, values), expected);
                }
            }
        });
    }

    /** The operation refuses these inputs, in a message that contains all of {@code parts}. */
    static DynamicTest rejects(String name, List<String> parts, Operation operation, Input... inputs) {
        return dynamicTest("rejects " + name, () -> {
            RandomGenerator random = new Well19937c(name.hashCode());
            try (Scope scope = Scope.open()) {
                Tensor[] tensors = Arrays.stream(inputs)
                        .map(input -> input.make(BackendsUnderTest.reference(), input.draw(random)))
                        .toArray(Tensor[]::new);
                assertThatThrownBy(() -> operation.apply(tensors))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll(parts.toArray(String[]::new));
                Arrays.stream(tensors).forEach(Tensor::close);
            }
        });
    }

    private static Run run(Backend backend, Operation operation, Input[] inputs, float[][] values) {
        long before = backend.liveBytes();
        Run run;
        Tensor[] tensors = new Tensor[inputs.length];
        try (Scope scope = Scope.open()) {
            Tensor y;
            try (Scope block = Scope.open()) {
                for (int k = 0; k < inputs.length; k++) {
                    tensors[k] = inputs[k].make(backend, values[k]);
                    if (inputs[k].hasGradient()) {
                        block.keep(tensors[k]);
                    }
                }
                y = block.keep(applyBetweenCopies(operation, inputs, tensors));
            }
            float[] output = y.toArray();
            if (y.node() != null) {
                Tensor seed = y.like();
                seed.upload(seed(output.length));
                Autograd.backward(y, seed);
            }
            List<float[]> gradients = new ArrayList<>();
            List<float[]> after = new ArrayList<>();
            for (int k = 0; k < inputs.length; k++) {
                Tensor gradient = tensors[k].gradient();
                assertThat(gradient != null)
                        .as("input " + k + " has a gradient")
                        .isEqualTo(inputs[k].hasGradient());
                gradients.add(gradient == null ? new float[0] : gradient.toArray());
                after.add(inputs[k].kind() == Input.Kind.BUFFER ? tensors[k].toArray() : new float[0]);
            }
            run = new Run(y.shape(), output, gradients, after);
        }
        Arrays.stream(tensors).forEach(Tensor::close);
        assertThat(backend.liveBytes()).as("bytes left on " + backend.name()).isEqualTo(before);
        return run;
    }

    /**
     * The operation, on copies of its variables and with a copy made of its output. So it may overwrite them; what it does not save for its
     * backward pass is gone by then; and it alone holds the gradient of its output, to write into as it likes.
     */
    private static Tensor applyBetweenCopies(Operation operation, Input[] inputs, Tensor[] tensors) {
        Tensor[] arguments = new Tensor[inputs.length];
        for (int k = 0; k < inputs.length; k++) {
            arguments[k] = inputs[k].kind() == Input.Kind.VARIABLE ? Scale.scale(1f, tensors[k]) : tensors[k];
        }
        return Scale.scale(1f, operation.apply(arguments));
    }

    /** The gradient of the output to start from: the same for all runs of an operation. */
    private static float[] seed(int elements) {
        RandomGenerator random = new Well19937c(elements);
        float[] seed = new float[elements];
        for (int i = 0; i < elements; i++) {
            seed[i] = 2 * random.nextFloat() - 1;
        }
        return seed;
    }

    private static void compareWithDifferences(
            Operation operation, Input[] inputs, float[][] values, int k, float[] gradient, RandomGenerator random) {
        double largest = largest(gradient);
        boolean isNoticed = false;
        boolean isZero = true;
        int elements = values[k].length;
        for (int trial = 0; trial < Math.min(elements, DIFFERENCES_FOR_EACH_INPUT); trial++) {
            int i = elements <= DIFFERENCES_FOR_EACH_INPUT ? trial : random.nextInt(elements);
            float x = values[k][i];
            float above = x + STEP;
            float below = x - STEP;
            values[k][i] = above;
            float[] outputAbove = output(operation, inputs, values);
            values[k][i] = below;
            Difference difference = Difference.of(outputAbove, output(operation, inputs, values));
            values[k][i] = x;
            double step = (double) above - below;
            double tolerance = DIFFERENCES_TOLERANCE * largest + NOISE + difference.rounding / step;
            isNoticed |= Math.abs(difference.loss / step) > 2 * tolerance;
            isZero &= gradient[i] == 0 && difference.loss == 0;
            assertThat((double) gradient[i])
                    .as("gradient of input %d, shape %s, at %d, against finite differences", k, inputs[k].shape(), i)
                    .isCloseTo(difference.loss / step, offset(tolerance));
        }
        assertThat(isNoticed || isZero)
                .as("a wrong gradient of zero would be noticed for input %d, shape %s", k, inputs[k].shape())
                .isTrue();
    }

    /**
     * How sum(y * seed), whose gradient {@link #run} computes, differs between two outputs.
     *
     * @param rounding what the difference may be off, since each y is rounded to single precision
     */
    private record Difference(double loss, double rounding) {
        static Difference of(float[] above, float[] below) {
            float[] seed = seed(above.length);
            double loss = 0;
            double squares = 0;
            for (int i = 0; i < above.length; i++) {
                if (above[i] != below[i]) {
                    loss += ((double) above[i] - below[i]) * seed[i];
                    double ulp = Math.ulp(above[i]) * seed[i];
                    squares += ulp * ulp;
                }
            }
            // Roundings are independent, so that their sum grows as the root of their number.
            return new Difference(loss, 4 * Math.sqrt(squares));
        }
    }

    private static float[] output(Operation operation, Input[] inputs, float[][] values) {
        Tensor[] tensors = new Tensor[inputs.length];
        try (Scope scope = Scope.open()) {
            for (int k = 0; k < inputs.length; k++) {
                tensors[k] = inputs[k].make(BackendsUnderTest.reference(), values[k]);
            }
            return applyBetweenCopies(operation, inputs, tensors).toArray();
        } finally {
            Arrays.stream(tensors).forEach(Tensor::close);
        }
    }

    /** What {@code meta} gives: the same shapes, without values. */
    private static void compareShapes(Run meta, Run expected) {
        assertThat(meta.shape).as("output on meta").isEqualTo(expected.shape);
        for (int k = 0; k < expected.gradients.size(); k++) {
            assertThat(meta.gradients.get(k))
                    .as("gradient of input %d on meta", k)
                    .hasSameSizeAs(expected.gradients.get(k));
        }
    }

    private static void compareRuns(String backend, Run actual, Run expected) {
        assertThat(actual.shape).isEqualTo(expected.shape);
        compare("output on " + backend, actual.output, expected.output);
        for (int k = 0; k < expected.gradients.size(); k++) {
            compare("gradient of input " + k + " on " + backend, actual.gradients.get(k), expected.gradients.get(k));
            compare("input " + k + " afterwards on " + backend, actual.inputsAfter.get(k), expected.inputsAfter.get(k));
        }
    }

    /** Equal within a tolerance relative to the largest element. */
    static void compare(String what, float[] actual, float[] expected) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        double tolerance = BACKEND_TOLERANCE * Math.max(SMALLEST_SCALE, largest(expected));
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("%s, element %d of %d", what, i, expected.length)
                    .isCloseTo(expected[i], offset(tolerance));
        }
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float v : values) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }
}
