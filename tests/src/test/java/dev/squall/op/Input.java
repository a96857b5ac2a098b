package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.apache.commons.math3.random.RandomGenerator;

/** An input of a test case: what kind of tensor, its shape, and how its values are drawn. */
record Input(Kind kind, Shape shape, Distribution distribution) {
    enum Kind {
        /** An activation with a gradient. */
        VARIABLE,
        /** An activation without a gradient. */
        CONSTANT,
        /** A parameter with a gradient. */
        PARAMETER,
        /** A parameter without a gradient, which the operation may change. */
        BUFFER
    }

    @FunctionalInterface
    interface Distribution {
        float[] draw(Shape shape, RandomGenerator random);
    }

    /** A variable with magnitudes in [0.1, 1] and random signs: away from the kink of a ReLU. */
    static Input random(int... dimensions) {
        return variable(magnitudes(0.1, 1), dimensions);
    }

    /** The same with magnitudes in [low, high]. */
    Input between(double low, double high) {
        return new Input(kind, shape, magnitudes(low, high));
    }

    private static Distribution magnitudes(double low, double high) {
        return (shape, random) -> {
            float[] values = new float[shape.elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((low + (high - low) * random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
            }
            return values;
        };
    }

    /** A variable whose values are all at least 0.05 apart, in random order: away from the ties of a maximum. */
    static Input distinct(int... dimensions) {
        return variable(
                (shape, random) -> {
                    float[] values = new float[shape.elements()];
                    for (int i = 0; i < values.length; i++) {
                        int j = random.nextInt(i + 1);
                        values[i] = values[j];
                        values[j] = 0.05f * (i - values.length / 2);
                    }
                    return values;
                },
                dimensions);
    }

    /** A variable with magnitudes in [0.6, 1] and alternating signs: normalised it stays away from 0, and no variance is small. */
    static Input balanced(int... dimensions) {
        return variable(
                (shape, random) -> {
                    float[] values = new float[shape.elements()];
                    for (int i = 0; i < values.length; i++) {
                        int plane = shape.plane();
                        int image = i / plane / shape.channels();
                        int sign = (image * plane + i % plane) % 2 == 0 ? 1 : -1;
                        values[i] = (float) (sign * (0.6 + 0.4 * random.nextDouble()));
                    }
                    return values;
                },
                dimensions);
    }

    private static Input variable(Distribution distribution, int... dimensions) {
        return new Input(Kind.VARIABLE, Shape.of(dimensions), distribution);
    }

    Input constant() {
        return new Input(Kind.CONSTANT, shape, distribution);
    }

    Input parameter() {
        return new Input(Kind.PARAMETER, shape, distribution);
    }

    Input buffer() {
        return new Input(Kind.BUFFER, shape, distribution);
    }

    /** The same with each value's magnitude: for variances and probabilities. */
    Input positive() {
        return new Input(kind, shape, (s, random) -> {
            float[] values = distribution.draw(s, random);
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.abs(values[i]);
            }
            return values;
        });
    }

    boolean hasGradient() {
        return kind == Kind.VARIABLE || kind == Kind.PARAMETER;
    }

    float[] draw(RandomGenerator random) {
        return distribution.draw(shape, random);
    }

    Tensor make(Backend backend, float[] values) {
        return switch (kind) {
            case VARIABLE -> Tensor.fromArray(backend, shape, values).requireGradient();
            case CONSTANT -> Tensor.fromArray(backend, shape, values);
            case PARAMETER -> Tensor.parameter(backend, shape, values);
            case BUFFER -> Tensor.buffer(backend, shape, values);
        };
    }
}
