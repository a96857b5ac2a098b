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
     * @param exists see the other {@code activate}
     */
    public static void activate(
            Activation f, long address, int rows, long rowBytes, int columns, int step, long bias, long exists) {
        switch (f.kind()) {
            case RELU -> relu(address, rows, rowBytes, columns, step, bias);
            case LEAKY_RELU -> leakyRelu(address, rows, rowBytes, columns, step, bias, f.slope());
            default -> {
                identity(address, rows, rowBytes, columns, step, bias);
                activate(f, address, rows, rowBytes, columns, step, exists);
            }
        }
    }

    /**
     * y = f(y) for what a kernel that sums does not apply itself.
     *
     * @param exists address of 1 for channels that exist and 0 for padding, which stays 0 though f(0) may not be; of no meaning where f(0) = 0
     */
    public static void activate(
            Activation f, long address, int rows, long rowBytes, int columns, int step, long exists) {
        switch (f.kind()) {
            case IDENTITY -> {}
            case LEAKY_RELU -> leakyRelu(address, rows, rowBytes, columns, step, f.slope());
            case SIGMOID -> sigmoid(address, rows, rowBytes, columns, step, exists);
            case SILU -> silu(address, rows, rowBytes, columns, step);
            case HARD_SIGMOID -> {
                ActivationKernels.activate(f.kind(), address, rows, rowBytes, columns, step);
                multiply(address, rows, rowBytes, columns, step, exists);
            }
            default -> ActivationKernels.activate(f.kind(), address, rows, rowBytes, columns, step);
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

    private static void leakyRelu(long address, int rows, long rowBytes, int columns, int step, float slope) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, ElementwiseKernels.leaky(load(at), slope));
            }
        }
    }

    private static void sigmoid(long address, int rows, long rowBytes, int columns, int step, long exists) {
        FloatVector one = load(exists);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                store(at, one.div(VectorMath.sigmoidDivisor(load(at))));
            }
        }
    }

    private static void silu(long address, int rows, long rowBytes, int columns, int step) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = address + i * rowBytes + (long) j * step;
                FloatVector x = load(at);
                store(at, x.div(VectorMath.siluDivisor(x)));
            }
        }
    }
}
