package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.DropoutMask;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Unary;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** {@link Elementwise}, one element after the other. */
final class ReferenceElementwise implements Elementwise {
    @Override
    public void unary(Unary f, Storage x, Storage out) {
        map(x, out, v -> Functions.apply(f, v));
    }

    @Override
    public void unaryBackward(Unary f, Storage saved, Storage dy, Storage dx) {
        map(saved, dy, dx, (v, d) -> d * Functions.derivative(f, v));
    }

    @Override
    public void binary(Binary f, Storage x, Storage y, Storage out) {
        int[] ofX = Broadcast.indices(x.shape(), out.shape());
        int[] ofY = Broadcast.indices(y.shape(), out.shape());
        float[] to = values(out);
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) Functions.apply(f, values(x)[ofX[i]], values(y)[ofY[i]]);
        }
    }

    @Override
    public void where(Storage condition, Storage x, Storage y, Storage out) {
        int[] ofCondition = Broadcast.indices(condition.shape(), out.shape());
        int[] ofX = Broadcast.indices(x.shape(), out.shape());
        int[] ofY = Broadcast.indices(y.shape(), out.shape());
        float[] to = values(out);
        for (int i = 0; i < to.length; i++) {
            to[i] = values(condition)[ofCondition[i]] != 0 ? values(x)[ofX[i]] : values(y)[ofY[i]];
        }
    }

    @Override
    public void copy(Storage x, Storage out) {
        System.arraycopy(values(x), 0, values(out), 0, x.shape().elements());
    }

    @Override
    public void reshape(Storage x, Storage out) {
        copy(x, out);
    }

    @Override
    public void scale(float alpha, Storage x, Storage out) {
        map(x, out, v -> alpha * v);
    }

    @Override
    public void scaleBy(Storage factor, float alpha, Storage x, Storage out) {
        double scale = (double) alpha * values(factor)[0];
        map(x, out, v -> scale * v);
    }

    @Override
    public void broadcast(Storage value, float alpha, Storage out) {
        double v = (double) alpha * values(value)[0];
        map(out, out, before -> v);
    }

    @Override
    public void axpby(float alpha, Storage x, float beta, Storage y, Storage out) {
        map(x, y, out, (v, w) -> alpha * v + beta * w);
    }

    @Override
    public void multiply(Storage x, Storage y, Storage out) {
        map(x, y, out, (v, w) -> v * w);
    }

    @Override
    public void activate(Activation f, Storage x, Storage out) {
        map(x, out, v -> Functions.apply(f, v));
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx) {
        map(saved, dy, dx, (v, d) -> d * Functions.derivative(f, v));
    }

    @Override
    public void multiplyChannels(Storage x, Storage s, Storage out) {
        mapChannels(x, s, out, (v, w) -> v * w);
    }

    @Override
    public void addChannels(Storage x, Storage s, Storage out) {
        mapChannels(x, s, out, Double::sum);
    }

    @Override
    public void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count) {
        int plane = x.shape().plane();
        int from = x.shape().channels();
        int to = out.shape().channels();
        for (int n = 0; n < x.shape().batch(); n++) {
            System.arraycopy(
                    values(x),
                    (n * from + fromChannel) * plane,
                    values(out),
                    (n * to + toChannel) * plane,
                    count * plane);
        }
    }

    @Override
    public void dropout(Storage x, float p, long seed, Storage out) {
        float[] from = values(x);
        float[] to = values(out);
        int folded = DropoutMask.fold(seed);
        for (int i = 0; i < to.length; i++) {
            to[i] = DropoutMask.uniform(folded, i) < p ? 0 : (float) (from[i] / (1.0 - p));
        }
    }

    private static void map(Storage x, Storage out, DoubleUnaryOperator f) {
        float[] from = values(x);
        float[] to = values(out);
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) f.applyAsDouble(from[i]);
        }
    }

    private static void map(Storage x, Storage y, Storage out, DoubleBinaryOperator f) {
        float[] first = values(x);
        float[] second = values(y);
        float[] to = values(out);
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) f.applyAsDouble(first[i], second[i]);
        }
    }

    /** The second operand has one value for each channel, or for each channel of each image. */
    private static void mapChannels(Storage x, Storage s, Storage out, DoubleBinaryOperator f) {
        float[] from = values(x);
        float[] perChannel = values(s);
        float[] to = values(out);
        Shape shape = x.shape();
        for (int i = 0; i < to.length; i++) {
            // i / plane is n * C + c; without a batch dimension the index is c alone.
            to[i] = (float) f.applyAsDouble(from[i], perChannel[i / shape.plane() % perChannel.length]);
        }
    }
}
