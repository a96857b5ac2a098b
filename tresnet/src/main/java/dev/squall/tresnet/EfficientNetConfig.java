package dev.squall.tresnet;

import static dev.squall.backend.Activation.HARD_SWISH;
import static dev.squall.backend.Activation.RELU;
import static dev.squall.backend.Activation.SILU;
import static dev.squall.tresnet.MobileBlock.inverted;
import static dev.squall.tresnet.MobileBlock.separable;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.nn.NormKind;
import java.util.List;

/**
 * A network of blocks around depthwise convolutions, as in the tables of the papers.
 *
 * @param name the network's name
 * @param inputChannels C of the images [N, C, H, W]
 * @param classes length of the logits
 * @param stemChannels of the first convolution, 3x3 with stride 2
 * @param stemActivation after it
 * @param stages rows of blocks
 * @param lastStage channels of a 1x1 convolution that ends the last stage, after which the average comes before the head; 0 for none
 * @param headChannels the length of the vector that the classifier sees
 * @param headActivation in the head
 * @param regularisation what is left out at random in training
 */
public record EfficientNetConfig(
        String name,
        int inputChannels,
        int classes,
        int stemChannels,
        Activation stemActivation,
        List<List<MobileBlock>> stages,
        int lastStage,
        int headChannels,
        Activation headActivation,
        Regularisation regularisation)
        implements NetworkConfig {

    public EfficientNetConfig {
        stages = List.copyOf(stages);
        if (inputChannels < 1 || classes < 1) {
            throw new IllegalArgumentException("a network needs at least one input channel and one class, got "
                    + inputChannels + " and " + classes);
        }
    }

    /** Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019), table 1, with 1.1 times as many blocks. */
    public static EfficientNetConfig efficientnetB1() {
        List<List<MobileBlock>> stages = List.of(
                List.of(separable(3, 16).excited(0.25).times(2)),
                List.of(inverted(6, 24, 3).excited(0.25).stride(2).times(3)),
                List.of(inverted(6, 40, 5).excited(0.25).stride(2).times(3)),
                List.of(inverted(6, 80, 3).excited(0.25).stride(2).times(4)),
                List.of(inverted(6, 112, 5).excited(0.25).times(4)),
                List.of(inverted(6, 192, 5).excited(0.25).stride(2).times(5)),
                List.of(inverted(6, 320, 3).excited(0.25).times(2)));
        return new EfficientNetConfig("efficientnet_b1", 3, 1000, 32, SILU, stages, 0, 1280, SILU, Regularisation.NONE);
    }

    /** Tan and Le, "MixConv: Mixed Depthwise Convolutional Kernels" (2019), MixNet-L: MixNet-M with 1.3 times as many channels. */
    public static EfficientNetConfig mixnetL() {
        List<List<MobileBlock>> stages = List.of(
                List.of(separable(3, 32).with(RELU)),
                List.of(
                        inverted(6, 40, 3, 5, 7).divided(2, 2).with(RELU).stride(2),
                        inverted(3, 40, 3).divided(2, 2).with(RELU)),
                List.of(
                        inverted(6, 56, 3, 5, 7, 9).excited(0.5).stride(2),
                        inverted(6, 56, 3, 5).divided(2, 2).excited(0.5).times(3)),
                List.of(
                        inverted(6, 104, 3, 5, 7).excited(0.25).stride(2),
                        inverted(6, 104, 3, 5, 7, 9).divided(2, 2).excited(0.25).times(3)),
                List.of(
                        inverted(6, 160, 3).excited(0.5),
                        inverted(3, 160, 3, 5, 7, 9).divided(2, 2).excited(0.5).times(3)),
                List.of(
                        inverted(6, 264, 3, 5, 7, 9).excited(0.5).stride(2),
                        inverted(6, 264, 3, 5, 7, 9).divided(1, 2).excited(0.5).times(3)));
        return new EfficientNetConfig("mixnet_l", 3, 1000, 32, RELU, stages, 0, 1536, RELU, Regularisation.NONE);
    }

    /** Howard et al., "Searching for MobileNetV3" (2019), table 1. */
    public static EfficientNetConfig mobilenetV3Large() {
        List<List<MobileBlock>> stages = List.of(
                List.of(separable(3, 16).with(RELU)),
                List.of(
                        inverted(4, 24, 3).with(RELU).stride(2),
                        inverted(3, 24, 3).with(RELU)),
                List.of(inverted(3, 40, 5).with(RELU).hardExcited().stride(2).times(3)),
                List.of(
                        inverted(6, 80, 3).with(HARD_SWISH).stride(2),
                        inverted(2.5, 80, 3).with(HARD_SWISH),
                        inverted(2.3, 80, 3).with(HARD_SWISH).times(2)),
                List.of(inverted(6, 112, 3).with(HARD_SWISH).hardExcited().times(2)),
                List.of(inverted(6, 160, 5)
                        .with(HARD_SWISH)
                        .hardExcited()
                        .stride(2)
                        .times(3)));
        return new EfficientNetConfig(
                "mobilenetv3_large_100", 3, 1000, 16, HARD_SWISH, stages, 960, 1280, HARD_SWISH, Regularisation.NONE);
    }

    /** The number of blocks. */
    int blocks() {
        int blocks = stages.stream()
                .flatMap(List::stream)
                .mapToInt(MobileBlock::blocks)
                .sum();
        return blocks + (lastStage > 0 ? 1 : 0);
    }

    /** Batch norm, as published. */
    @Override
    public NormKind norm() {
        return NormKind.BATCHNORM;
    }

    @Override
    public String classifier() {
        return "classifier";
    }

    @Override
    public ImageNetwork build(Backend backend) {
        return new EfficientNet(backend, this);
    }

    @Override
    public EfficientNetConfig withClasses(int classes) {
        return with(inputChannels, classes, regularisation);
    }

    @Override
    public EfficientNetConfig withInputChannels(int inputChannels) {
        return with(inputChannels, classes, regularisation);
    }

    @Override
    public EfficientNetConfig withRegularisation(Regularisation regularisation) {
        return with(inputChannels, classes, regularisation);
    }

    private EfficientNetConfig with(int inputChannels, int classes, Regularisation regularisation) {
        return new EfficientNetConfig(
                name,
                inputChannels,
                classes,
                stemChannels,
                stemActivation,
                stages,
                lastStage,
                headChannels,
                headActivation,
                regularisation);
    }
}
