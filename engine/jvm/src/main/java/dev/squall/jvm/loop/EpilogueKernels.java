package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.backend.Activation;
import jdk.incubator.vector.FloatVector;

/**
 * What follows a convolution, in place, for one vector of channels of {@code rows} by {@code columns} pixels: rows are {@code rowBytes} apart, pixels
 * {@code step} bytes.
 *
 * <p>Each has a method of its own, so that the compiler has room to keep its vectors in registers. The residual has too: as a branch that was rare
 * when the others were compiled, its load would stay a call that boxes a vector.
 */
public final class EpilogueKernels {
    private EpilogueKernels() {}

    /** y += what lies {@code residual} bytes from y. */
    public static void addResidual(long address, int rows, long rowBytes, int columns, int step, long residual) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, load(at).add(load(at + residual)));
            }
        }
    }

    /**
     * y = f(y + bias).
     *
     * @param bias address of the channels' values
     * @param exists address of 1 for channels that exist and 0 for padding, which stays 0 though f(0) may not be; of no meaning where f(0) = 0
     */
    public static void activate(
            Activation f, long address, int rows, long rowBytes, int columns, int step, long bias, long exists) {
        switch (f.kind()) {
            case IDENTITY -> identity(address, rows, rowBytes, columns, step, bias);
            case RELU -> relu(address, rows, rowBytes, columns, step, bias);
            case LEAKY_RELU -> leakyRelu(address, rows, rowBytes, columns, step, bias, f.slope());
            case SIGMOID -> sigmoid(address, rows, rowBytes, columns, step, bias, exists);
            case SILU -> silu(address, rows, rowBytes, columns, step, bias);
            case HARD_SWISH -> hardSwish(address, rows, rowBytes, columns, step, bias);
            case RELU6, HARD_SIGMOID, TANH, GELU, GELU_TANH -> {
                identity(address, rows, rowBytes, columns, step, bias);
                ActivationKernels.activate(f.kind(), address, rows, rowBytes, columns, step);
                if (!f.keepsZero()) {
                    multiply(address, rows, rowBytes, columns, step, exists);
                }
            }
        }
    }

    private static void identity(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, load(at).add(b));
            }
        }
    }

    private static void multiply(long address, int rows, long rowBytes, int columns, int step, long factor) {
        FloatVector f = load(factor);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, load(at).mul(f));
            }
        }
    }

    private static void relu(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, ElementwiseKernels.rectify(load(at).add(b)));
            }
        }
    }

    private static void leakyRelu(
            long address, int rows, long rowBytes, int columns, int step, long bias, float slope) {
        FloatVector b = load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, ElementwiseKernels.leaky(load(at).add(b), slope));
            }
        }
    }

    private static void sigmoid(long address, int rows, long rowBytes, int columns, int step, long bias, long exists) {
        FloatVector b = load(bias);
        FloatVector one = load(exists);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, one.div(VectorMath.sigmoidDivisor(load(at).add(b))));
            }
        }
    }

    private static void silu(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                FloatVector x = load(at).add(b);
                store(at, x.div(VectorMath.siluDivisor(x)));
            }
        }
    }

    private static void hardSwish(long address, int rows, long rowBytes, int columns, int step, long bias) {
        FloatVector b = load(bias);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                FloatVector x = load(at).add(b);
                store(at, x.mul(ActivationKernels.hardSigmoid(x)));
            }
        }
    }
}
