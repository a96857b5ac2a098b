package dev.squall.tornado;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendException;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Update;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * Computes what is known, before anybody trusts a device: drivers, JVM options and versions of TornadoVM have been seen that made wrong results without a
 * word. A product, a convolution with its two derivatives, sums and an update run through every way in which kernels reach the memory: whole vectors,
 * single floats, local memory, packed weights, tables. All operands are small integers, so that any order of summation gives the same float.
 */
final class SelfTest {
    private static final int ROWS = 37;
    private static final int DEPTH = 29;
    private static final int COLUMNS = 43;

    private static final int BATCH = 2;
    private static final int INPUTS = 11;

    /** As many as kernels for tensor cores take together. */
    private static final int MANY_INPUTS = 64;

    private static final int OUTPUTS = 19;
    private static final int HEIGHT = 6;
    private static final int WIDTH = 7;

    private final Backend backend;
    private final List<Storage> operands = new ArrayList<>();

    private SelfTest(Backend backend) {
        this.backend = backend;
    }

    /**
     * Runs it.
     *
     * @param tensorCores whether to compute what has kernels for these, too
     * @throws BackendException if a result is wrong, or a kernel does not compile
     */
    static void run(Backend backend, boolean tensorCores) {
        SelfTest test = new SelfTest(backend);
        try {
            test.product();
            test.convolution(INPUTS);
            test.sumsAndUpdate();
            if (tensorCores) {
                test.convolution(MANY_INPUTS);
            }
        } finally {
            test.operands.forEach(backend::free);
        }
    }

    /** From -2 to 2, without a period that fits a vector or a row. */
    private static int value(int i, int seed) {
        return (i * 7 + i / 5 * 3 + seed) % 5 - 2;
    }

    private Storage operand(Role role, int seed, int... sizes) {
        Storage storage = result(role, sizes);
        float[] values = new float[storage.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(i, seed);
        }
        backend.upload(values, storage);
        return storage;
    }

    private Storage result(Role role, int... sizes) {
        Storage storage = backend.allocate(Shape.of(sizes), role);
        operands.add(storage);
        return storage;
    }

    private void product() {
        Storage a = operand(Role.ACTIVATION, 0, ROWS, DEPTH);
        Storage b = operand(Role.PARAMETER, 1, COLUMNS, DEPTH);
        Storage c = result(Role.ACTIVATION, ROWS, COLUMNS);
        backend.matmul().matmul(a, false, b, true, c);
        require("a matrix product", c, i -> {
            int sum = 0;
            for (int k = 0; k < DEPTH; k++) {
                sum += value(i / COLUMNS * DEPTH + k, 0) * value(i % COLUMNS * DEPTH + k, 1);
            }
            return sum;
        });
    }

    private void convolution(int inputs) {
        ConvGeometry g = ConvGeometry.square(3, 1, 1);
        Storage x = operand(Role.ACTIVATION, 2, BATCH, inputs, HEIGHT, WIDTH);
        Storage w = operand(Role.PARAMETER, 3, OUTPUTS, inputs, 3, 3);
        Storage bias = operand(Role.PARAMETER, 4, OUTPUTS);
        Storage y = result(Role.ACTIVATION, BATCH, OUTPUTS, HEIGHT, WIDTH);
        backend.convolution().forward(x, w, g, new Epilogue(bias, null, Activation.RELU), y);
        require("a convolution", y, i -> {
            int k = i / (HEIGHT * WIDTH) % OUTPUTS;
            int sum = value(k, 4);
            for (int c = 0; c < inputs; c++) {
                for (int tap = 0; tap < 9; tap++) {
                    sum += weight(inputs, k, c, tap) * image(inputs, 2, i / (OUTPUTS * HEIGHT * WIDTH), c, i, tap, 1);
                }
            }
            return Math.max(sum, 0);
        });
        Storage dy = operand(Role.ACTIVATION, 1, BATCH, OUTPUTS, HEIGHT, WIDTH);
        Storage dx = result(Role.ACTIVATION, BATCH, inputs, HEIGHT, WIDTH);
        backend.convolution().backwardInput(dy, w, g, dx);
        require("a convolution's gradient by its input", dx, i -> {
            int c = i / (HEIGHT * WIDTH) % inputs;
            int sum = 0;
            for (int k = 0; k < OUTPUTS; k++) {
                for (int tap = 0; tap < 9; tap++) {
                    sum += weight(inputs, k, c, tap) * image(OUTPUTS, 1, i / (inputs * HEIGHT * WIDTH), k, i, tap, -1);
                }
            }
            return sum;
        });
        Storage dw = result(Role.PARAMETER, OUTPUTS, inputs, 3, 3);
        backend.convolution().backwardWeight(x, dy, g, dw);
        require("a convolution's gradient by its weights", dw, i -> {
            int sum = 0;
            for (int n = 0; n < BATCH; n++) {
                for (int pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
                    sum += image(inputs, 2, n, i / 9 % inputs, pixel, i % 9, 1)
                            * value((n * OUTPUTS + i / 9 / inputs) * HEIGHT * WIDTH + pixel, 1);
                }
            }
            return sum;
        });
    }

    private static int weight(int inputs, int k, int c, int tap) {
        return value((k * inputs + c) * 9 + tap, 3);
    }

    /** What an image has at pixel {@code i} of its plane, moved by a tap of the window, or against it if {@code direction} is -1; 0 beyond the edge. */
    private static int image(int channels, int seed, int n, int c, int i, int tap, int direction) {
        int row = i / WIDTH % HEIGHT + direction * (tap / 3 - 1);
        int column = i % WIDTH + direction * (tap % 3 - 1);
        return row < 0 || row >= HEIGHT || column < 0 || column >= WIDTH
                ? 0
                : value(((n * channels + c) * HEIGHT + row) * WIDTH + column, seed);
    }

    private void sumsAndUpdate() {
        Storage x = operand(Role.ACTIVATION, 3, BATCH, INPUTS, HEIGHT, WIDTH);
        Storage sums = result(Role.PARAMETER, INPUTS);
        backend.reduction().channelSum(x, sums);
        IntToDoubleFunction sum = c -> {
            int total = 0;
            for (int n = 0; n < BATCH; n++) {
                for (int pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
                    total += value((n * INPUTS + c) * HEIGHT * WIDTH + pixel, 3);
                }
            }
            return total;
        };
        require("a sum", sums, sum);
        Storage parameter = operand(Role.PARAMETER, 4, INPUTS);
        backend.update().sgd(List.of(parameter), List.of(sums), List.of(), new Update.Sgd(0.5f, 0, 0, false, true));
        require("an update", parameter, c -> value(c, 4) - 0.5 * sum.applyAsDouble(c));
    }

    private void require(String what, Storage result, IntToDoubleFunction expected) {
        float[] values = new float[result.shape().elements()];
        backend.download(result, values);
        for (int i = 0; i < values.length; i++) {
            double right = expected.applyAsDouble(i);
            if (values[i] != right) {
                throw new BackendException(
                        "TornadoVM computes wrong results on " + backend.description() + ": " + what
                                + " gave " + values[i] + " where " + right
                                + " is right; take --backend jvm, and see whether another driver or version of TornadoVM mends it");
            }
        }
    }
}
