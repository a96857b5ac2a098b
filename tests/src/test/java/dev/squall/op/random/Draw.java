package dev.squall.op.random;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.op.random.RandomOperation.Input;
import dev.squall.tensor.Shape;
import java.util.SplittableRandom;

/**
 * Draws sizes, windows and values. Values are multiples of 1/64: the sums and products of a few are exact on every backend, and so is on which side of a
 * kink they lie.
 *
 * @param largest size of a dimension, for a backend that takes long
 */
record Draw(SplittableRandom random, int largest) {
    /** From {@code low} to {@code high}, both included; small ones more often. */
    int size(int low, int high) {
        double u = random.nextDouble();
        return low + (int) (u * u * (Math.clamp(high, low, Math.max(low, largest)) - low + 1));
    }

    /** From {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    boolean coin() {
        return random.nextBoolean();
    }

    /** Images with sides from {@code least} on. */
    Shape images(int least) {
        return Shape.of(size(1, 4), size(1, 70), size(least, 24), size(least, 24));
    }

    /** Images or features. */
    Shape imagesOrFeatures() {
        return between(0, 3) == 0 ? Shape.of(size(1, 40), size(1, 100)) : images(1);
    }

    /** A shape of any rank. */
    Shape shape() {
        return switch (between(0, 5)) {
            case 0 -> Shape.of(size(1, 3000));
            case 1 -> Shape.of(size(1, 20), size(1, 20), size(1, 20));
            default -> imagesOrFeatures();
        };
    }

    Input activation(Shape shape) {
        return new Input(shape, false, values(shape, -1, 1));
    }

    Input parameter(int... dimensions) {
        Shape shape = Shape.of(dimensions);
        return new Input(shape, true, values(shape, -1, 1));
    }

    /** A parameter with magnitudes in [low, high] of either sign. */
    Input between(double low, double high, int... dimensions) {
        Shape shape = Shape.of(dimensions);
        float[] values = values(shape, low, high);
        for (int i = 0; i < values.length; i++) {
            values[i] = coin() ? values[i] : -values[i];
        }
        return new Input(shape, true, values);
    }

    /** An activation or, half of the time, a parameter. */
    Input anything(Shape shape) {
        return new Input(shape, coin(), values(shape, -1, 1));
    }

    /** An activation whose values all differ, in random order. */
    Input distinct(Shape shape) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            int j = random.nextInt(i + 1);
            values[i] = values[j];
            values[j] = (i - values.length / 2) / 64f;
        }
        return new Input(shape, false, values);
    }

    float[] values(Shape shape, double low, double high) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.round(64 * (low + (high - low) * random.nextDouble())) / 64f;
        }
        return values;
    }

    /** A window of a convolution that fits images of {@code height} by {@code width}. */
    ConvGeometry window(int height, int width, int groups) {
        if (between(0, 3) == 0) {
            return ConvGeometry.square(3, 1, 1).grouped(groups);
        }
        while (true) {
            boolean square = coin();
            int kernelH = size(1, 5);
            int kernelW = square ? kernelH : size(1, 5);
            int strideH = size(1, 3);
            int dilationH = size(1, 3);
            int padH = between(0, kernelH);
            ConvGeometry g = new ConvGeometry(
                    kernelH,
                    kernelW,
                    strideH,
                    square ? strideH : size(1, 3),
                    padH,
                    square ? padH : between(0, kernelW),
                    dilationH,
                    square ? dilationH : size(1, 3),
                    groups);
            if (g.outputHeight(height) > 0 && g.outputWidth(width) > 0) {
                return g;
            }
        }
    }

    /** A pooling window that fits. */
    PoolGeometry pool(int height, int width) {
        while (true) {
            int kernelH = between(1, 4);
            int kernelW = between(1, 4);
            int padH = between(0, kernelH / 2);
            int padW = between(0, kernelW / 2);
            if (height + 2 * padH >= kernelH && width + 2 * padW >= kernelW) {
                return new PoolGeometry(kernelH, kernelW, between(1, 3), between(1, 3), padH, padW, coin(), coin());
            }
        }
    }
}
