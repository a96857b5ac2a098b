package dev.squall.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LAMB against the formulas of the paper, written out in double precision. */
@Tag("fast")
class LambTest {
    private static final int SIZE = 12;
    private static final double RATE = 0.01;

    @ParameterizedTest
    @CsvSource({"0.1, 1", "0, 1", "0.1, 0"})
    void stepsAsThePaperSays(double decay, double scale) {
        RandomGenerator random = new MersenneTwister(3);
        double[] w = doubles(random, scale);
        double[] mean = new double[SIZE];
        double[] square = new double[SIZE];
        try (Backend backend = new ReferenceBackend()) {
            Tensor parameter = Tensor.parameter(backend, Shape.of(3, 4), floats(w));
            try (Lamb lamb = new Lamb(
                    List.of(new ParameterGroup(Map.of("w", parameter), (float) decay, 1)), Lamb.Settings.STANDARD)) {
                for (int t = 1; t <= 4; t++) {
                    double[] gradient = doubles(random, 1);
                    parameter.setGradient(Tensor.buffer(backend, parameter.shape(), floats(gradient)));
                    lamb.step((float) RATE);
                    step(w, mean, square, gradient, decay, t);
                    float[] actual = parameter.toArray();
                    for (int i = 0; i < SIZE; i++) {
                        assertThat((double) actual[i])
                                .as("step %d, element %d", t, i)
                                .isCloseTo(w[i], within(1e-5));
                    }
                }
            }
            parameter.close();
            assertThat(backend.liveBytes()).isZero();
        }
    }

    private static void step(double[] w, double[] mean, double[] square, double[] g, double decay, int t) {
        double[] r = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            mean[i] = 0.9 * mean[i] + 0.1 * g[i];
            square[i] = 0.999 * square[i] + 0.001 * g[i] * g[i];
            r[i] = mean[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(square[i] / (1 - Math.pow(0.999, t))) + 1e-6)
                    + decay * w[i];
        }
        double quotient = decay > 0 && norm(w) > 0 ? norm(w) / norm(r) : 1;
        for (int i = 0; i < SIZE; i++) {
            w[i] -= RATE * quotient * r[i];
        }
    }

    private static double[] doubles(RandomGenerator random, double scale) {
        double[] values = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    private static double norm(double[] values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
