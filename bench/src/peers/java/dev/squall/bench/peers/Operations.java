package dev.squall.bench.peers;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import java.util.List;

/**
 * What the networks consist of, for one engine. Images are {@code [N, C, H, W]}; layers are named as in our modules.
 *
 * @param <T> a tensor, or the name of one in a program that is being written
 */
interface Operations<T> {
    /**
     * A convolution without bias, its norm and its activation.
     *
     * @param convolution the name of the convolution
     * @param norm the name of the norm
     */
    record Layer(String convolution, String norm, ConvGeometry geometry, Activation activation) {
        /** A square kernel with padding {@code kernel / 2}, in modules called "0" and "1" below {@code name}. */
        static Layer of(String name, int kernel, Activation activation) {
            return new Layer(name + ".0", name + ".1", ConvGeometry.square(kernel, 1, kernel / 2), activation);
        }
    }

    /** {@code [N, C, H, W]} to {@code [N, 16 C, H/4, W/4]}; position within the block first, then channel. */
    T spaceToDepth(T x);

    T convolution(T x, Layer layer);

    /** {@code relu(convolution(x) + residual)}. */
    T convolutionAddRelu(T x, Layer layer, T residual);

    /** The 3x3 blur with stride 2 and reflected borders. */
    T blur(T x);

    /** Averages of 2x2 pixels, stride 2; sides are even. */
    T averagePool(T x);

    /** Maxima of 3x3 pixels, stride 2, padding 1. */
    T maxPool(T x);

    /**
     * Two 1x1 convolutions with bias that make a factor for each channel of an image.
     *
     * @param first name of the first
     * @param second name of the second
     * @param activation between them
     * @param gate after them
     */
    record Gate(String first, String second, Activation activation, Activation gate) {
        /** With convolutions called fc1 and fc2, ReLU and sigmoid. */
        static Gate of(String name) {
            return new Gate(name + ".fc1", name + ".fc2", Activation.RELU, Activation.SIGMOID);
        }
    }

    /** {@code x * gate(second(f(first(mean of each plane))))}. */
    T squeezeExcitation(T x, Gate gate);

    /**
     * Convolutions side by side, each of a part of the channels, then one norm and an activation.
     *
     * @param convolution the name of the parts, which are called "0", "1" and so on below it
     * @param channels the input channels of the parts
     */
    record Mixed(
            String convolution,
            String norm,
            List<ConvGeometry> geometries,
            List<Integer> channels,
            Activation activation) {
        /** Part k, with the whole norm. */
        Layer part(int k) {
            return new Layer(convolution + "." + k, norm, geometries.get(k), Activation.IDENTITY);
        }
    }

    /** {@link Mixed}. */
    T mixed(T x, Mixed layer);

    /** A 1x1 convolution with bias of features {@code [N, C]}, and an activation. */
    T pointwise(T x, String name, Activation activation);

    /** {@code x + residual}; x is not used again. */
    T add(T x, T residual);

    /** {@code relu(x + residual)}; x is not used again. */
    T addRelu(T x, T residual);

    /** {@code [N, C, H, W]} to {@code [N, C]}. */
    T globalAverage(T x);

    T linear(T x, String name);
}
