package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Norm;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution, normalisation, residual and activation in one pass, for inference: {@code y = f(conv(x, w') + bias' + residual)}. With the
 * running statistics a normalisation is linear, and so it folds into the convolution: for each output channel k, with gamma as in
 * {@link Norm}, {@code g = gamma[k] / sqrt(variance[k] + epsilon)}, {@code w'[k] = g * w[k]} and {@code bias'[k] = bias[k] - g * mean[k]}.
 */
public final class ConvAbn {
    private ConvAbn() {}

    /**
     * A convolution with the normalisation after it folded in. It holds memory until closed.
     *
     * @param weight {@code [K, C/groups, kernelH, kernelW]}
     * @param bias {@code [K]}
     */
    public record Folded(Tensor weight, Tensor bias) implements AutoCloseable {
        @Override
        public void close() {
            weight.close();
            bias.close();
        }
    }

    /**
     * Folds a normalisation into the convolution before it; the norm's activation is left to {@link #convAbn}.
     *
     * @param w {@code [K, C/groups, kernelH, kernelW]}, without bias
     * @param weight {@code [K]}, the norm's
     * @param bias {@code [K]}, the norm's
     * @param running the statistics to normalise by, {@code [K]}
     */
    public static Folded fold(Tensor w, Tensor weight, Tensor bias, RunningStatistics running, Norm norm) {
        int channels = w.shape().dim(0);
        Check.that(
                weight.shape().elements() == channels
                        && bias.shape().elements() == channels
                        && running.mean().shape().elements() == channels,
                "fold",
                "a norm of as many channels as the convolution has outputs",
                w,
                weight);
        float[] kernel = w.toArray();
        float[] gamma = weight.toArray();
        float[] beta = bias.toArray();
        float[] mean = running.mean().toArray();
        float[] variance = running.variance().toArray();
        int size = kernel.length / channels;
        for (int k = 0; k < channels; k++) {
            double g = norm.absoluteWeight() ? Math.abs(gamma[k]) + (double) norm.epsilon() : gamma[k];
            g /= Math.sqrt(variance[k] + (double) norm.epsilon());
            scale(kernel, k * size, (k + 1) * size, g);
            beta[k] = (float) (beta[k] - g * mean[k]);
        }
        Backend backend = Backend.of(w);
        return new Folded(Tensor.buffer(backend, w.shape(), kernel), Tensor.buffer(backend, bias.shape(), beta));
    }

    private static void scale(float[] values, int from, int to, double factor) {
        for (int i = from; i < to; i++) {
            values[i] = (float) (factor * values[i]);
        }
    }

    /**
     * The whole in one pass. Not differentiable: training runs {@link Conv2d} and then {@link InplaceAbn} or {@link BatchNorm}.
     *
     * @param x {@code [N, C, H, W]}
     * @param residual {@code [N, K, H', W']}, added before the activation, or null for none
     * @return {@code [N, K, H', W']}
     * @throws IllegalStateException if a gradient would have to flow through it
     */
    public static Tensor convAbn(
            Tensor x, Folded folded, ConvGeometry geometry, @Nullable Tensor residual, Activation activation) {
        check("convAbn", x, folded, geometry, residual);
        Tensor y = Tensor.empty(Backend.of(x), geometry.output(x.shape(), folded.weight.shape()));
        if (residual != null) {
            Check.sameShape("convAbn", y, residual);
        }
        write(x, folded, geometry, residual == null ? null : residual.storage(), activation, y.storage());
        return y;
    }

    /**
     * The same, overwriting {@code residual}; use the result in its place.
     *
     * @param residual {@code [N, K, H', W']}, not x
     * @throws IllegalStateException if a gradient would have to flow through it, or another operation needs {@code residual} for its backward pass
     */
    public static Tensor convAbnInPlace(
            Tensor x, Folded folded, ConvGeometry geometry, Tensor residual, Activation activation) {
        check("convAbnInPlace", x, folded, geometry, residual);
        Shape shape = geometry.output(x.shape(), folded.weight.shape());
        Check.that(
                residual.shape().equals(shape) && residual.storage() != x.storage(),
                "convAbnInPlace",
                "another tensor of shape " + shape + " to overwrite",
                x,
                residual);
        Storage y = residual.overwrite("convAbnInPlace");
        write(x, folded, geometry, y, activation, y);
        return Tensor.of(y);
    }

    /**
     * {@link #convAbn} of {@link MultiplyChannels#multiplyChannels}, overwriting {@code x}: squeeze-and-excitation and the convolution after it.
     *
     * @param x {@code [N, C, H, W]}; not to be used afterwards
     * @param scale {@code [N, C, 1, 1]}
     * @param residual {@code [N, K, H', W']}, not x, added before the activation, or null for none
     * @return {@code [N, K, H', W']}
     * @throws IllegalStateException if a gradient would have to flow through it, or another operation needs {@code x} for its backward pass
     */
    public static Tensor convAbnScaled(
            Tensor x,
            Tensor scale,
            Folded folded,
            ConvGeometry geometry,
            @Nullable Tensor residual,
            Activation activation) {
        check("convAbnScaled", x, folded, geometry, scale);
        check("convAbnScaled", x, folded, geometry, residual);
        Check.that(
                scale.shape().equals(Shape.of(x.shape().batch(), x.shape().channels(), 1, 1)),
                "convAbnScaled",
                "a factor for each image and channel, [N, C, 1, 1]",
                x,
                scale);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, geometry.output(x.shape(), folded.weight.shape()));
        if (residual != null) {
            Check.sameShape("convAbnScaled", y, residual);
        }
        var epilogue = new Epilogue(folded.bias.storage(), residual == null ? null : residual.storage(), activation);
        Storage factors = scale.storage();
        Storage scaled = x.overwrite("convAbnScaled");
        backend.convolution().forwardScaled(scaled, factors, folded.weight.storage(), geometry, epilogue, y.storage());
        return y;
    }

    private static void write(
            Tensor x,
            Folded folded,
            ConvGeometry geometry,
            @Nullable Storage residual,
            Activation activation,
            Storage y) {
        Epilogue epilogue = new Epilogue(folded.bias.storage(), residual, activation);
        Backend.of(x).convolution().forward(x.storage(), folded.weight.storage(), geometry, epilogue, y);
    }

    /**
     * {@link #convAbn} without a residual and {@link BlurPool#blurPool} of it, while it is in cache where the backend can do that: {@code y =
     * blur(f(conv(x, w') + bias'))}. Not differentiable.
     *
     * @param x {@code [N, C, H, W]}
     * @return {@code [N, K, ceil(H'/2), ceil(W'/2)]}
     * @throws IllegalStateException if a gradient would have to flow through it
     */
    public static Tensor convAbnBlur(Tensor x, Folded folded, ConvGeometry geometry, Activation activation) {
        check("convAbnBlur", x, folded, geometry, null);
        Backend backend = Backend.of(x);
        Shape sharp = geometry.output(x.shape(), folded.weight.shape());
        Tensor y = Tensor.empty(backend, BlurPool.output("convAbnBlur", sharp, x));
        Epilogue epilogue = new Epilogue(folded.bias.storage(), null, activation);
        backend.convolution().forwardBlurred(x.storage(), folded.weight.storage(), geometry, epilogue, y.storage());
        return y;
    }

    /**
     * Two {@link #convAbn} without residuals, one after the other: y = f2(conv(f1(conv(x, w1') + bias1'), w2') + bias2'). What is between them need not
     * be as large as the memory: a backend may make it piece by piece while it is in cache. Not differentiable.
     *
     * @param x {@code [N, C, H, W]}
     * @return {@code [N, K, H', W']} of the second
     * @throws IllegalStateException if a gradient would have to flow through it
     */
    public static Tensor convAbnInTurn(Tensor x, Layer first, Layer second) {
        check("convAbnInTurn", x, first.folded, first.geometry, null);
        Convolution.Layer one = first.layer();
        Convolution.Layer two = second.layer();
        Shape between = one.output(x.shape());
        Check.that(
                between.channels() == second.folded.weight.shape().dim(1) * second.geometry.groups(),
                "convAbnInTurn",
                "a second convolution of as many channels as the first one makes",
                first.folded.weight,
                second.folded.weight);
        Tensor y = Tensor.empty(Backend.of(x), two.output(between));
        Backend.of(x).convolution().forwardInTurn(x.storage(), one, two, y.storage());
        return y;
    }

    /** One of two for {@link #convAbnInTurn}. */
    public record Layer(Folded folded, ConvGeometry geometry, Activation activation) {
        private Convolution.Layer layer() {
            Epilogue epilogue = new Epilogue(folded.bias.storage(), null, activation);
            return new Convolution.Layer(folded.weight.storage(), geometry, epilogue);
        }
    }

    private static void check(String op, Tensor x, Folded folded, ConvGeometry geometry, @Nullable Tensor residual) {
        Conv2d.check(op, x, folded.weight, folded.bias, geometry);
        if (Autograd.isRecording() && (x.requiresGradient() || (residual != null && residual.requiresGradient()))) {
            throw new IllegalStateException(op + " is for inference and has no backward pass; run it in"
                    + " Autograd.withoutGradients, or use conv2d and inplaceAbn");
        }
    }
}
