package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Activations of numbers from nothing to infinity, forward and backward, alone and at the end of convolutions. The reference, whose numbers are
 * doubles, says what is right: the formula's value, so that SiLU of -infinity, which is -infinity times 0, is no number, as in PyTorch.
 */
@Tag("fast")
@Tag("opencl")
class ExtremeValuesTest {
    /** What rounding may do to a value, in parts of it, and what may be missing where terms cancel, as in 1 + tanh(x). */
    private static final double RELATIVE = 2e-5;

    private static final double NOTHING = 1e-7;

    private static final float[] FINITE = symmetric(
            0f, 1e-40f, 1e-38f, 1e-20f, 1e-4f, 0.3f, 0.7f, 1f, 2.9f, 3f, 3.1f, 5.9f, 6f, 6.1f, 12f, 14f, 20f, 40f,
            86.9f, 87.1f, 88f, 88.3f, 88.6f, 88.7f, 88.72f, 88.73f, 88.8f, 89f, 99f, 101f, 104f, 1e3f, 1e10f, 1e19f,
            1e20f, 1e30f, 1e31f, 1e38f, 3.4e38f);

    private static final float[] ALL = withInfinities();

    @TestFactory
    Stream<DynamicTest> alone() {
        return Stream.of(Activation.Kind.values())
                .flatMap(kind -> Stream.of(Shape.of(2, 9, 7, 11), Shape.of(3, 33), Shape.of(5, 17, 1, 1))
                        .map(shape -> agrees(
                                kind + " of " + shape,
                                backend -> differentiated(
                                        backend, shape, x -> Pointwise.apply("f", activation(kind), x)))));
    }

    @TestFactory
    Stream<DynamicTest> softplus() {
        return Stream.of(
                agrees("softplus", backend -> differentiated(backend, Shape.of(2, 9, 7, 11), Softplus::softplus)));
    }

    @TestFactory
    Stream<DynamicTest> afterConvolutions() {
        return Stream.of(Activation.Kind.values())
                .flatMap(kind -> Stream.of(
                        agrees(
                                kind + " after 1x1",
                                backend -> after(backend, Shape.of(2, 1, 7, 11), ALL, 20, 1, 1, kind)),
                        agrees(
                                kind + " after a depthwise 1x1",
                                backend -> after(backend, Shape.of(2, 20, 5, 7), ALL, 20, 1, 20, kind)),
                        // The other taps meet nothing but the border.
                        agrees(
                                kind + " after a depthwise 3x3",
                                backend -> after(backend, Shape.of(9, 20, 1, 1), ALL, 20, 3, 20, kind)),
                        // A device may take small groups together, so that an infinity shows in its neighbours.
                        agrees(
                                kind + " after groups",
                                backend -> after(backend, Shape.of(2, 9, 5, 7), FINITE, 18, 1, 9, kind)),
                        agrees(kind + " after a residual", backend -> afterResidual(backend, kind)),
                        agrees(kind + " in turn", backend -> inTurn(backend, kind))));
    }

    private static Activation activation(Activation.Kind kind) {
        return kind == Activation.Kind.LEAKY_RELU ? Activation.leakyRelu(0.01f) : new Activation(kind, 0f);
    }

    /** f(x) and its gradient. */
    private static List<float[]> differentiated(Backend backend, Shape shape, UnaryOperator<Tensor> f) {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, shape, repeated(shape, ALL)).requireGradient();
            // What works in place overwrites the copy.
            Tensor y = f.apply(Scale.scale(1f, x));
            float[] output = y.toArray();
            float[] seed = new float[shape.elements()];
            Arrays.fill(seed, 0.5f);
            Autograd.backward(y, Tensor.fromArray(backend, shape, seed));
            return List.of(output, Objects.requireNonNull(x.gradient()).toArray());
        }
    }

    /** A convolution that copies each input channel to its outputs. */
    private static List<float[]> after(
            Backend backend, Shape shape, float[] values, int outputs, int kernel, int groups, Activation.Kind kind) {
        try (Scope _ = Scope.open();
                ConvAbn.Folded copy = copying(backend, outputs, kernel)) {
            Tensor x = Tensor.fromArray(backend, shape, repeated(shape, values));
            ConvGeometry geometry = ConvGeometry.square(kernel, 1, kernel / 2).grouped(groups);
            return List.of(
                    ConvAbn.convAbn(x, copy, geometry, null, activation(kind)).toArray());
        }
    }

    private static List<float[]> afterResidual(Backend backend, Activation.Kind kind) {
        try (Scope _ = Scope.open();
                ConvAbn.Folded copy = copying(backend, 20, 1)) {
            Shape shape = Shape.of(2, 20, 5, 7);
            Tensor x = Tensor.fromArray(backend, Shape.of(2, 1, 5, 7), new float[70]);
            Tensor residual = Tensor.fromArray(backend, shape, repeated(shape, ALL));
            return List.of(ConvAbn.convAbn(x, copy, ConvGeometry.square(1, 1, 0), residual, activation(kind))
                    .toArray());
        }
    }

    /** An expansion and a depthwise convolution that copies, which some backends join. Its other taps are 0, and 0 times infinity would be no number. */
    private static List<float[]> inTurn(Backend backend, Activation.Kind kind) {
        try (Scope _ = Scope.open();
                ConvAbn.Folded expansion = copying(backend, 20, 1);
                ConvAbn.Folded depthwise = copying(backend, 20, 3)) {
            Shape shape = Shape.of(2, 1, 9, 11);
            return List.of(ConvAbn.convAbnInTurn(
                            Tensor.fromArray(backend, shape, repeated(shape, FINITE)),
                            new ConvAbn.Layer(expansion, ConvGeometry.square(1, 1, 0), activation(kind)),
                            new ConvAbn.Layer(
                                    depthwise, ConvGeometry.square(3, 1, 1).grouped(20), activation(kind)))
                    .toArray());
        }
    }

    /** Weights of one input channel for each output: 1 in the middle of the kernel and 0 around it. */
    private static ConvAbn.Folded copying(Backend backend, int outputs, int kernel) {
        int taps = kernel * kernel;
        float[] weights = new float[outputs * taps];
        for (int k = 0; k < outputs; k++) {
            weights[k * taps + taps / 2] = 1;
        }
        return new ConvAbn.Folded(
                Tensor.buffer(backend, Shape.of(outputs, 1, kernel, kernel), weights),
                Tensor.buffer(backend, Shape.of(outputs), new float[outputs]));
    }

    /** The values over and over, until the shape is full. */
    private static float[] repeated(Shape shape, float[] values) {
        float[] repeated = new float[shape.elements()];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = values[i % values.length];
        }
        return repeated;
    }

    private static float[] symmetric(float... sizes) {
        float[] values = new float[2 * sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            values[2 * i] = sizes[i];
            values[2 * i + 1] = -sizes[i];
        }
        return values;
    }

    private static float[] withInfinities() {
        float[] values = Arrays.copyOf(FINITE, FINITE.length + 4);
        values[FINITE.length] = Float.POSITIVE_INFINITY;
        values[FINITE.length + 1] = Float.NEGATIVE_INFINITY;
        values[FINITE.length + 2] = Float.NaN;
        values[FINITE.length + 3] = Float.intBitsToFloat(0xFFC00000);
        return values;
    }

    private static DynamicTest agrees(String name, Function<Backend, List<float[]>> run) {
        return dynamicTest(name, () -> {
            List<float[]> expected = run.apply(BackendsUnderTest.reference());
            List<Backend> backends = new ArrayList<>(BackendsUnderTest.others());
            backends.addAll(BackendsUnderTest.fast());
            for (Backend backend : backends) {
                List<float[]> actual = run.apply(backend);
                for (int k = 0; k < expected.size(); k++) {
                    compare(backend.name() + (k == 0 ? ", output" : ", gradient"), actual.get(k), expected.get(k));
                }
            }
        });
    }

    private static void compare(String what, float[] actual, float[] expected) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < expected.length; i++) {
            if (!isNear(actual[i], expected[i])) {
                wrong.add("%s for %s at %d".formatted(actual[i], expected[i], i));
            }
        }
        assertThat(wrong).as(what).isEmpty();
    }

    private static boolean isNear(float actual, float expected) {
        if (!Float.isFinite(expected)) {
            return Float.compare(actual, expected) == 0;
        }
        return Math.abs((double) actual - expected) <= RELATIVE * Math.abs(expected) + NOTHING;
    }
}
