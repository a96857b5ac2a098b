package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.nn.NormKind;

/**
 * A ResNet of 50 layers: four stages of 3, 4, 6 and 3 bottlenecks with 64, 128, 256 and 512 planes. What distinguishes the members of the
 * family:
 *
 * <pre>
 *                    stem                 shortcut that halves     3x3 convolutions, first stage   squeeze-and-excitation
 * resnet50           7x7                  1x1 of stride 2          64 channels                     no
 * resnet50d          three 3x3            2x2 averages, then 1x1   64 channels                     no
 * resnext50_32x4d    7x7                  1x1 of stride 2          32 groups of 4 channels         no
 * seresnext50_32x4d  7x7                  1x1 of stride 2          32 groups of 4 channels         at the end of each block
 * </pre>
 *
 * @param name the network's name
 * @param inputChannels C of the images [N, C, H, W]
 * @param classes length of the logits
 * @param stem how it begins: not with SpaceToDepth
 * @param averagedShortcut whether a shortcut that halves the resolution averages pixels, and does not leave three of four out
 * @param groups into how many the 3x3 convolutions are divided: the "cardinality" of ResNeXt
 * @param groupWidth channels of a group in a stage of 64 planes
 * @param squeezeExcitation whether each block has a squeeze-and-excitation unit before its addition
 * @param regularisation what is left out at random in training
 */
public record ResNetConfig(
        String name,
        int inputChannels,
        int classes,
        Stem stem,
        boolean averagedShortcut,
        int groups,
        int groupWidth,
        boolean squeezeExcitation,
        Regularisation regularisation)
        implements NetworkConfig {
    /** The planes of the first stage; the block's output has four times as many channels. */
    static final int PLANES = 64;

    public ResNetConfig {
        if (inputChannels < 1 || classes < 1 || groups < 1 || groupWidth < 1) {
            throw new IllegalArgumentException(
                    "a ResNet needs at least one input channel, class, group and channel in a group, got "
                            + inputChannels + ", " + classes + ", " + groups + " and " + groupWidth);
        }
        if (stem == Stem.SPACE_TO_DEPTH) {
            throw new IllegalArgumentException("a ResNet begins with convolutions of stride 2; use a TResNet");
        }
    }

    /** He et al., "Deep Residual Learning for Image Recognition" (2015), with the stride in the 3x3 convolutions. */
    public static ResNetConfig resnet50() {
        return new ResNetConfig("resnet50", 3, 1000, Stem.CONV_7X7, false, 1, PLANES, false, Regularisation.NONE);
    }

    /** He et al., "Bag of Tricks for Image Classification with Convolutional Neural Networks" (2019). */
    public static ResNetConfig resnet50d() {
        return new ResNetConfig("resnet50d", 3, 1000, Stem.THREE_CONV_3X3, true, 1, PLANES, false, Regularisation.NONE);
    }

    /** Xie et al., "Aggregated Residual Transformations for Deep Neural Networks" (2017). */
    public static ResNetConfig resnext50() {
        return new ResNetConfig("resnext50_32x4d", 3, 1000, Stem.CONV_7X7, false, 32, 4, false, Regularisation.NONE);
    }

    /** The same with the units of Hu et al., "Squeeze-and-Excitation Networks" (2018). */
    public static ResNetConfig seresnext50() {
        return new ResNetConfig("seresnext50_32x4d", 3, 1000, Stem.CONV_7X7, false, 32, 4, true, Regularisation.NONE);
    }

    /** The channels of the 3x3 convolution in a stage of {@code planes} planes. */
    int width(int planes) {
        return planes * groupWidth / PLANES * groups;
    }

    /** Batch norm, as published. */
    @Override
    public NormKind norm() {
        return NormKind.BATCHNORM;
    }

    @Override
    public String classifier() {
        return "fc";
    }

    @Override
    public ImageNetwork build(Backend backend) {
        return new ResNet(backend, this);
    }

    @Override
    public ResNetConfig withClasses(int classes) {
        return with(inputChannels, classes, regularisation);
    }

    @Override
    public ResNetConfig withInputChannels(int inputChannels) {
        return with(inputChannels, classes, regularisation);
    }

    @Override
    public ResNetConfig withRegularisation(Regularisation regularisation) {
        return with(inputChannels, classes, regularisation);
    }

    private ResNetConfig with(int inputChannels, int classes, Regularisation regularisation) {
        return new ResNetConfig(
                name,
                inputChannels,
                classes,
                stem,
                averagedShortcut,
                groups,
                groupWidth,
                squeezeExcitation,
                regularisation);
    }
}
