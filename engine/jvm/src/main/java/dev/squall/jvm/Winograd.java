package dev.squall.jvm;

import jdk.incubator.vector.FloatVector;

/**
 * The transforms of Winograd's F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016): with d a 6x6
 * tile of the input, g a 3x3 kernel and y the 4x4 tile of the output,
 *
 * <pre>
 * y  = A' [(G g G') * (B' d B)] A              forward; 36 products where the direct sum takes 144
 * dg = G' [(B' d B) * (A dy A')] G             gradient of the kernel
 * </pre>
 *
 * where * multiplies elements. A transform of a tile is the one of a vector, run over its columns and then over its rows. These are methods by
 * themselves, because the compiler has room for one copy of the vector's transform in each, and calls that take vectors are slow. All work on one
 * vector of channels; addresses and steps are in bytes.
 */
final class Winograd {
    /** Output pixels along a side of a tile. */
    static final int OUT = 4;

    /** Input pixels along a side of a tile. */
    static final int IN = 6;

    /** Products of a tile. */
    static final int PRODUCTS = IN * IN;

    /** Bytes of the space a transform needs between its two passes. */
    static final int BETWEEN = PRODUCTS * BlockedLayout.PIXEL_BYTES;

    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private Winograd() {}

    /**
     * B' d B.
     *
     * @param in 6x6 pixels, rows {@code row} bytes apart
     * @param between {@link #BETWEEN} bytes
     * @param out the 36 results, {@code step} bytes apart
     */
    static void input(long in, long row, long between, long out, long step) {
        inputColumns(in, row, between);
        inputRows(between, out, step);
    }

    private static void inputColumns(long in, long row, long between) {
        for (int j = 0; j < IN; j++) {
            inputVector(in + j * PIXEL, row, between + j * PIXEL, IN * PIXEL);
        }
    }

    private static void inputRows(long between, long out, long step) {
        for (int i = 0; i < IN; i++) {
            inputVector(between + i * IN * PIXEL, PIXEL, out + i * IN * step, step);
        }
    }

    /**
     * A' m A.
     *
     * @param in the 36 products, {@code step} bytes apart
     * @param between {@link #BETWEEN} bytes
     * @param out 4x4 pixels, rows {@code row} bytes apart
     */
    static void output(long in, long step, long between, long out, long row) {
        outputColumns(in, step, between);
        outputRows(between, out, row);
    }

    private static void outputColumns(long in, long step, long between) {
        for (int j = 0; j < IN; j++) {
            outputVector(in + j * step, IN * step, between + j * PIXEL, IN * PIXEL);
        }
    }

    private static void outputRows(long between, long out, long row) {
        for (int i = 0; i < OUT; i++) {
            outputVector(between + i * IN * PIXEL, PIXEL, out + i * row, PIXEL);
        }
    }

    /** G g G': from 9 vectors {@code inStep} bytes apart to 36, {@code outStep} bytes apart. */
    static void kernel(long in, long inStep, long between, long out, long outStep) {
        kernelColumns(in, inStep, between);
        kernelRows(between, out, outStep);
    }

    private static void kernelColumns(long in, long inStep, long between) {
        for (int j = 0; j < 3; j++) {
            kernelVector(in + j * inStep, 3 * inStep, between + j * PIXEL, 3 * PIXEL);
        }
    }

    private static void kernelRows(long between, long out, long outStep) {
        for (int i = 0; i < IN; i++) {
            kernelVector(between + i * 3 * PIXEL, PIXEL, out + i * IN * outStep, outStep);
        }
    }

    /** A dy A': from 4x4 pixels, rows {@code row} bytes apart, to 36 vectors {@code step} bytes apart. */
    static void gradient(long in, long row, long between, long out, long step) {
        gradientColumns(in, row, between);
        gradientRows(between, out, step);
    }

    private static void gradientColumns(long in, long row, long between) {
        for (int j = 0; j < OUT; j++) {
            gradientVector(in + j * PIXEL, row, between + j * PIXEL, OUT * PIXEL);
        }
    }

    private static void gradientRows(long between, long out, long step) {
        for (int i = 0; i < IN; i++) {
            gradientVector(between + i * OUT * PIXEL, PIXEL, out + i * IN * step, step);
        }
    }

    /** G' m G: from 36 sums of products {@code inStep} bytes apart to the 9 of a kernel's gradient, {@code outStep} bytes apart. */
    static void kernelGradient(long in, long inStep, long between, long out, long outStep) {
        kernelGradientColumns(in, inStep, between);
        kernelGradientRows(between, out, outStep);
    }

    private static void kernelGradientColumns(long in, long inStep, long between) {
        for (int j = 0; j < IN; j++) {
            kernelGradientVector(in + j * inStep, IN * inStep, between + j * PIXEL, IN * PIXEL);
        }
    }

    private static void kernelGradientRows(long between, long out, long outStep) {
        for (int i = 0; i < 3; i++) {
            kernelGradientVector(between + i * IN * PIXEL, PIXEL, out + i * 3 * outStep, outStep);
        }
    }

    private static void inputVector(long in, long inStep, long out, long outStep) {
        in = Lanes.bounded(in);
        inStep = Lanes.bounded(inStep);
        out = Lanes.bounded(out);
        outStep = Lanes.bounded(outStep);
        FloatVector d0 = Lanes.load(in);
        FloatVector d1 = Lanes.load(in + inStep);
        FloatVector d2 = Lanes.load(in + 2 * inStep);
        FloatVector d3 = Lanes.load(in + 3 * inStep);
        FloatVector d4 = Lanes.load(in + 4 * inStep);
        FloatVector d5 = Lanes.load(in + 5 * inStep);
        FloatVector four = Lanes.broadcast(4f);
        FloatVector minusFour = Lanes.broadcast(-4f);
        FloatVector minusFive = Lanes.broadcast(-5f);
        FloatVector even = d2.fma(minusFour, d4);
        FloatVector odd = d1.fma(minusFour, d3);
        FloatVector even2 = d4.sub(d2);
        FloatVector odd2 = d3.sub(d1);
        odd2 = odd2.add(odd2);
        Lanes.store(out, d2.fma(minusFive, d0.fma(four, d4)));
        Lanes.store(out + outStep, even.add(odd));
        Lanes.store(out + 2 * outStep, even.sub(odd));
        Lanes.store(out + 3 * outStep, even2.add(odd2));
        Lanes.store(out + 4 * outStep, even2.sub(odd2));
        Lanes.store(out + 5 * outStep, d3.fma(minusFive, d1.fma(four, d5)));
    }

    private static void outputVector(long in, long inStep, long out, long outStep) {
        in = Lanes.bounded(in);
        inStep = Lanes.bounded(inStep);
        out = Lanes.bounded(out);
        outStep = Lanes.bounded(outStep);
        FloatVector m0 = Lanes.load(in);
        FloatVector m1 = Lanes.load(in + inStep);
        FloatVector m2 = Lanes.load(in + 2 * inStep);
        FloatVector m3 = Lanes.load(in + 3 * inStep);
        FloatVector m4 = Lanes.load(in + 4 * inStep);
        FloatVector m5 = Lanes.load(in + 5 * inStep);
        FloatVector sum = m1.add(m2);
        FloatVector difference = m1.sub(m2);
        FloatVector sum2 = m3.add(m4);
        FloatVector difference2 = m3.sub(m4);
        Lanes.store(out, m0.add(sum).add(sum2));
        Lanes.store(out + outStep, difference2.fma(Lanes.broadcast(2f), difference));
        Lanes.store(out + 2 * outStep, sum2.fma(Lanes.broadcast(4f), sum));
        Lanes.store(
                out + 3 * outStep,
                difference2.fma(Lanes.broadcast(8f), difference).add(m5));
    }

    private static void kernelVector(long in, long inStep, long out, long outStep) {
        in = Lanes.bounded(in);
        inStep = Lanes.bounded(inStep);
        out = Lanes.bounded(out);
        outStep = Lanes.bounded(outStep);
        FloatVector g0 = Lanes.load(in);
        FloatVector g1 = Lanes.load(in + inStep);
        FloatVector g2 = Lanes.load(in + 2 * inStep);
        FloatVector even = g0.add(g2).mul(-1f / 6);
        FloatVector odd = g1.mul(1f / 6);
        FloatVector even2 = g2.mul(1f / 6).add(g0.mul(1f / 24));
        FloatVector odd2 = g1.mul(1f / 12);
        Lanes.store(out, g0.mul(0.25f));
        Lanes.store(out + outStep, even.sub(odd));
        Lanes.store(out + 2 * outStep, even.add(odd));
        Lanes.store(out + 3 * outStep, even2.add(odd2));
        Lanes.store(out + 4 * outStep, even2.sub(odd2));
        Lanes.store(out + 5 * outStep, g2);
    }

    private static void gradientVector(long in, long inStep, long out, long outStep) {
        in = Lanes.bounded(in);
        inStep = Lanes.bounded(inStep);
        out = Lanes.bounded(out);
        outStep = Lanes.bounded(outStep);
        FloatVector d0 = Lanes.load(in);
        FloatVector d1 = Lanes.load(in + inStep);
        FloatVector d2 = Lanes.load(in + 2 * inStep);
        FloatVector d3 = Lanes.load(in + 3 * inStep);
        FloatVector even = d0.add(d2);
        FloatVector odd = d1.add(d3);
        FloatVector even2 = d2.fma(Lanes.broadcast(4f), d0);
        FloatVector odd2 = d3.fma(Lanes.broadcast(8f), d1.add(d1));
        Lanes.store(out, d0);
        Lanes.store(out + outStep, even.add(odd));
        Lanes.store(out + 2 * outStep, even.sub(odd));
        Lanes.store(out + 3 * outStep, even2.add(odd2));
        Lanes.store(out + 4 * outStep, even2.sub(odd2));
        Lanes.store(out + 5 * outStep, d3);
    }

    private static void kernelGradientVector(long in, long inStep, long out, long outStep) {
        in = Lanes.bounded(in);
        inStep = Lanes.bounded(inStep);
        out = Lanes.bounded(out);
        outStep = Lanes.bounded(outStep);
        FloatVector m0 = Lanes.load(in);
        FloatVector m1 = Lanes.load(in + inStep);
        FloatVector m2 = Lanes.load(in + 2 * inStep);
        FloatVector m3 = Lanes.load(in + 3 * inStep);
        FloatVector m4 = Lanes.load(in + 4 * inStep);
        FloatVector m5 = Lanes.load(in + 5 * inStep);
        FloatVector sum = m1.add(m2);
        FloatVector sum2 = m3.add(m4);
        FloatVector first = m0.mul(0.25f).add(sum.mul(-1f / 6)).add(sum2.mul(1f / 24));
        FloatVector second = m2.sub(m1).mul(1f / 6).add(m3.sub(m4).mul(1f / 12));
        FloatVector third = sum2.sub(sum).mul(1f / 6).add(m5);
        Lanes.store(out, first);
        Lanes.store(out + outStep, second);
        Lanes.store(out + 2 * outStep, third);
    }
}
