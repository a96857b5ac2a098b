package dev.squall.backend;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.stream.IntStream;

/**
 * The normalisation of each channel and its derivative from the output, composed of general primitives. {@code n} is the number of values of a channel;
 * per-channel values are brought into a shape that is broadcast along the channels.
 */
final class ComposedNorm implements AutoCloseable {
    private final Temporaries temporaries;
    private final Elementwise elementwise;
    private final Reduction reduction;
    private final Shape shape;
    private final int[] others;
    private final Norm norm;

    ComposedNorm(Storage images, Norm norm) {
        temporaries = new Temporaries(images);
        elementwise = temporaries.backend().elementwise();
        reduction = temporaries.backend().reduction();
        shape = images.shape();
        others = IntStream.range(0, shape.rank()).filter(d -> d != 1).toArray();
        this.norm = norm;
    }

    void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Storage y) {
        Storage scale = gamma(weight);
        elementwise.binary(Binary.MULTIPLY, scale, inverseDeviation(variance), scale);
        elementwise.binary(Binary.SUBTRACT, x, perChannel(mean), y);
        elementwise.binary(Binary.MULTIPLY, y, scale, y);
        elementwise.binary(Binary.ADD, y, perChannel(bias), y);
        elementwise.activate(norm.activation(), y, y);
    }

    void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        float slope = norm.activation().slope();
        Storage isPositive = temporaries.of(shape);
        Storage normalised = temporaries.of(shape);
        Storage dz = temporaries.of(shape);
        Storage product = temporaries.of(shape);
        Storage gamma = gamma(weight);
        elementwise.binary(Binary.GREATER_EQUAL, y, 0f, isPositive);
        elementwise.scale(1 / slope, y, normalised);
        elementwise.where(isPositive, y, normalised, normalised);
        elementwise.binary(Binary.SUBTRACT, normalised, perChannel(bias), normalised);
        elementwise.binary(Binary.DIVIDE, normalised, gamma, normalised);
        elementwise.scale(slope, dy, dz);
        elementwise.where(isPositive, dy, dz, dz);
        elementwise.binary(Binary.MULTIPLY, dz, normalised, product);
        Storage sum = temporaries.of(channels());
        Storage sumOfProducts = temporaries.of(channels());
        reduction.reduce(Reduction.Kind.SUM, dz, others, sum);
        reduction.reduce(Reduction.Kind.SUM, product, others, sumOfProducts);
        elementwise.reshape(sum, dbias);
        elementwise.reshape(sumOfProducts, dweight);
        if (norm.absoluteWeight()) {
            // The derivative of |weight|: -1 below 0, else 1.
            Storage sign = temporaries.like(weight);
            elementwise.binary(Binary.LESS, weight, 0f, sign);
            elementwise.unary(Unary.linear(-2, 1), sign, sign);
            elementwise.binary(Binary.MULTIPLY, dweight, sign, dweight);
        }
        if (batchStatistics) {
            float share = (float) shape.channels() / shape.elements();
            elementwise.scale(share, sum, sum);
            elementwise.scale(share, sumOfProducts, sumOfProducts);
            elementwise.binary(Binary.MULTIPLY, normalised, sumOfProducts, normalised);
            elementwise.binary(Binary.SUBTRACT, dz, sum, dz);
            elementwise.binary(Binary.SUBTRACT, dz, normalised, dz);
        }
        elementwise.binary(Binary.MULTIPLY, gamma, inverseDeviation(variance), gamma);
        elementwise.binary(Binary.MULTIPLY, dz, gamma, dx);
    }

    private Storage gamma(Storage weight) {
        Storage gamma = perChannel(weight);
        if (norm.absoluteWeight()) {
            elementwise.unary(Unary.ABS, gamma, gamma);
            elementwise.unary(Unary.linear(1, norm.epsilon()), gamma, gamma);
        }
        return gamma;
    }

    private Storage inverseDeviation(Storage variance) {
        Storage inverse = perChannel(variance);
        elementwise.unary(Unary.linear(1, norm.epsilon()), inverse, inverse);
        elementwise.unary(Unary.power(-0.5f), inverse, inverse);
        return inverse;
    }

    /** A copy of {@code [C]} that is broadcast along the channels. */
    private Storage perChannel(Storage values) {
        Storage copy = temporaries.of(channels());
        elementwise.reshape(values, copy);
        return copy;
    }

    private Shape channels() {
        return shape.rank() == 4 ? Shape.of(shape.channels(), 1, 1) : Shape.of(shape.channels());
    }

    @Override
    public void close() {
        temporaries.close();
    }
}
