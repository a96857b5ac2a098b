package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.nn.SqueezeExcitation;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table in a paper of the EfficientNets: equal blocks around a depthwise convolution, of which only the first may change the
 * resolution.
 *
 * @param expansion the channels of the depthwise convolution, divided by the block's input; 0 for a block without a convolution before it
 * @param kernels side of the depthwise kernel, or sides of several, among which the channels are divided
 * @param stride of the first block
 * @param channels of the output
 * @param blocks how many
 * @param excitation squeeze-and-excitation after the depthwise convolution, or null for none
 * @param activation after all convolutions but the last
 * @param expansionParts into how many the convolution before the depthwise one is divided
 * @param projectionParts into how many the one after it
 */
public record MobileBlock(
        double expansion,
        List<Integer> kernels,
        int stride,
        int channels,
        int blocks,
        @Nullable Excitation excitation,
        Activation activation,
        int expansionParts,
        int projectionParts) {

    /**
     * The settings of squeeze-and-excitation.
     *
     * @param ratio of the channels of its bottleneck to the others
     * @param ofExpanded whether the others are those it acts on, and the result is rounded to a multiple of 8; else they are those of the block's
     *     input
     * @param activation in its bottleneck
     * @param gate what makes factors
     */
    public record Excitation(double ratio, boolean ofExpanded, Activation activation, Activation gate) {
        /** The settings for a block. */
        public SqueezeExcitation.Config of(int input, int expanded) {
            int reduced =
                    ofExpanded ? Widths.divisible(ratio * expanded, 8) : (int) Math.max(1, Math.round(ratio * input));
            return new SqueezeExcitation.Config(expanded, reduced, activation, gate, "conv_reduce", "conv_expand");
        }
    }

    /** A depthwise convolution and a 1x1 convolution to {@code channels} channels: MobileNet. */
    static MobileBlock separable(int kernel, int channels) {
        return new MobileBlock(0, List.of(kernel), 1, channels, 1, null, Activation.SILU, 1, 1);
    }

    /** A widening 1x1 convolution, a depthwise one, and a narrowing 1x1 convolution: the inverted residual of MobileNetV2. */
    static MobileBlock inverted(double expansion, int channels, Integer... kernels) {
        return new MobileBlock(expansion, List.of(kernels), 1, channels, 1, null, Activation.SILU, 1, 1);
    }

    MobileBlock stride(int stride) {
        return new MobileBlock(
                expansion, kernels, stride, channels, blocks, excitation, activation, expansionParts, projectionParts);
    }

    MobileBlock times(int blocks) {
        return new MobileBlock(
                expansion, kernels, stride, channels, blocks, excitation, activation, expansionParts, projectionParts);
    }

    /** With a bottleneck of {@code ratio} times the block's input, SiLU in it, and a sigmoid. */
    MobileBlock excited(double ratio) {
        return excited(new Excitation(ratio, false, Activation.SILU, Activation.SIGMOID));
    }

    /** As MobileNetV3 has it: a quarter of the channels it acts on, ReLU, and a hard sigmoid. */
    MobileBlock hardExcited() {
        return excited(new Excitation(0.25, true, Activation.RELU, Activation.HARD_SIGMOID));
    }

    private MobileBlock excited(Excitation unit) {
        return new MobileBlock(
                expansion, kernels, stride, channels, blocks, unit, activation, expansionParts, projectionParts);
    }

    MobileBlock with(Activation activation) {
        return new MobileBlock(
                expansion, kernels, stride, channels, blocks, excitation, activation, expansionParts, projectionParts);
    }

    /** With the convolutions before and after the depthwise one divided into so many parts. */
    MobileBlock divided(int expansionParts, int projectionParts) {
        return new MobileBlock(
                expansion, kernels, stride, channels, blocks, excitation, activation, expansionParts, projectionParts);
    }

    /** The channels of the depthwise convolution for an input of {@code in} channels. */
    public int width(int in) {
        return expansion == 0 ? in : Widths.divisible(in * expansion, 8);
    }

    /** Each block by itself. */
    public List<MobileBlock> each() {
        MobileBlock one = times(1);
        return IntStream.range(0, blocks)
                .mapToObj(b -> b == 0 ? one : one.stride(1))
                .toList();
    }
}
