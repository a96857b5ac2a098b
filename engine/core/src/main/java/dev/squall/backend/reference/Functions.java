package dev.squall.backend.reference;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.Unary;
import org.apache.commons.math3.special.Erf;

/** The functions of one and two numbers, and their derivatives. */
final class Functions {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBIC = 0.044715;

    private Functions() {}

    static double apply(Activation f, double x) {
        return switch (f.kind()) {
            case IDENTITY -> x;
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x >= 0 ? x : f.slope() * x;
            case SIGMOID -> sigmoid(x);
            case SILU -> x * sigmoid(x);
            case RELU6 -> Math.min(Math.max(x, 0), 6);
            case HARD_SIGMOID -> hardSigmoid(x);
            case HARD_SWISH -> x * hardSigmoid(x);
            case TANH -> Math.tanh(x);
            case GELU -> x * normalDistribution(x);
            case GELU_TANH -> x * (1 + geluTanh(x)) / 2;
        };
    }

    /** f'(x), from what {@link Activation#differentiatesFromOutput()} says: f(x), or x itself. */
    static double derivative(Activation f, double saved) {
        return switch (f.kind()) {
            case IDENTITY -> 1;
            case RELU, LEAKY_RELU -> saved > 0 ? 1 : f.slope();
            case SIGMOID -> saved * (1 - saved);
            case SILU -> sigmoid(saved) * (1 + saved * (1 - sigmoid(saved)));
            case RELU6 -> saved > 0 && saved < 6 ? 1 : 0;
            case HARD_SIGMOID -> saved > -3 && saved < 3 ? 1 / 6.0 : 0;
            case HARD_SWISH -> saved <= -3 ? 0 : saved >= 3 ? 1 : saved / 3 + 0.5;
            case TANH -> 1 - saved * saved;
            case GELU -> normalDistribution(saved) + saved * Math.exp(-saved * saved / 2) / Math.sqrt(2 * Math.PI);
            case GELU_TANH -> geluTanhDerivative(saved);
        };
    }

    static double apply(Unary f, double x) {
        return switch (f.kind()) {
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case ABS -> Math.abs(x);
            case POWER -> Math.pow(x, f.a());
            case CLAMP -> Math.min(Math.max(x, f.a()), f.b());
            case LINEAR -> f.a() * x + f.b();
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        };
    }

    /** f'(x), from what {@link Unary#differentiatesFromOutput()} says: f(x), or x itself. */
    static double derivative(Unary f, double saved) {
        return switch (f.kind()) {
            case EXP -> saved;
            case LOG -> 1 / saved;
            case SQRT -> 0.5 / saved;
            case ABS -> Math.signum(saved);
            case POWER -> f.a() == 0 ? 0 : f.a() * Math.pow(saved, f.a() - 1.0);
            case CLAMP -> saved >= f.a() && saved <= f.b() ? 1 : 0;
            case LINEAR -> f.a();
            case SOFTPLUS -> sigmoid(saved);
        };
    }

    static double apply(Binary f, double x, double y) {
        return switch (f) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> x / y;
            case POWER -> Math.pow(x, y);
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

    private static double hardSigmoid(double x) {
        return Math.min(Math.max(x + 3, 0), 6) / 6;
    }

    /** The distribution function of the standard normal distribution. */
    private static double normalDistribution(double x) {
        // Commons Math iterates for ever on a NaN.
        return Double.isNaN(x) ? x : Erf.erfc(-x / Math.sqrt(2)) / 2;
    }

    private static double geluTanh(double x) {
        return Math.tanh(SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x));
    }

    private static double geluTanhDerivative(double x) {
        double t = geluTanh(x);
        return (1 + t) / 2 + x * (1 - t * t) / 2 * SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * x * x);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
