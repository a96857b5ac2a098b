package dev.squall.backend.reference;

import dev.squall.backend.Activation;

/** The activations and their derivatives as functions of one number. */
final class Functions {
    private Functions() {}

    static double apply(Activation f, double x) {
        return switch (f.kind()) {
            case IDENTITY -> x;
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x >= 0 ? x : f.slope() * x;
            case SIGMOID -> sigmoid(x);
            case SILU -> x * sigmoid(x);
        };
    }

    /** f'(x), from what {@link Activation#differentiatesFromOutput()} says: f(x), or x itself. */
    static double derivative(Activation f, double saved) {
        return switch (f.kind()) {
            case IDENTITY -> 1;
            case RELU, LEAKY_RELU -> saved > 0 ? 1 : f.slope();
            case SIGMOID -> saved * (1 - saved);
            case SILU -> sigmoid(saved) * (1 + saved * (1 - sigmoid(saved)));
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
