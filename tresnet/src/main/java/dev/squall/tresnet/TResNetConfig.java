package dev.squall.tresnet;

import dev.squall.error.BadInputException;
import dev.squall.nn.NormKind;
import java.util.List;

/**
 * One member of the family. Stage s (from 0) has {@code planes() * 2^s} planes, and every stage but the first halves the resolution.
 *
 * @param name the network's name
 * @param inputChannels C of the images [N, C, H, W]
 * @param classes length of the logits
 * @param spaceToDepth side of the square of pixels that the first layer makes into channels
 * @param version how {@code widthFactor} becomes planes
 * @param widthFactor the planes of the first stage, divided by 64
 * @param stages the stages, highest resolution first
 * @param stemSlope slope of the leaky ReLU after the first convolution
 * @param blockSlope slope of those inside the blocks
 * @param norm what follows each convolution
 */
public record TResNetConfig(
        String name,
        int inputChannels,
        int classes,
        int spaceToDepth,
        Version version,
        double widthFactor,
        List<Stage> stages,
        float stemSlope,
        float blockSlope,
        NormKind norm) {
    private static final int BASE_WIDTH = 64;

    /** The published generations of the family. */
    public enum Version {
        /** Planes are cut to a whole number. */
        V1,
        /** Planes are rounded to a multiple of 8. */
        V2
    }

    /**
     * A row of equal blocks, of which the first may halve the resolution.
     *
     * @param block their kind
     * @param blocks how many
     * @param squeezeExcitation whether each has a squeeze-and-excitation unit
     */
    public record Stage(BlockKind block, int blocks, boolean squeezeExcitation) {
        public Stage {
            if (blocks < 1) {
                throw new IllegalArgumentException("a stage needs at least one block, got " + blocks);
            }
        }
    }

    public TResNetConfig {
        stages = List.copyOf(stages);
        if (inputChannels < 1 || classes < 1 || spaceToDepth < 1 || stages.isEmpty() || !(widthFactor > 0)) {
            throw new IllegalArgumentException(
                    "a TResNet needs at least one input channel, class, stage and pixel per block and a"
                            + " positive width, got " + inputChannels + " channels, " + classes + " classes, "
                            + stages.size()
                            + " stages, blocks of " + spaceToDepth + " and width " + widthFactor);
        }
    }

    /** As published, for 1000 classes of colour images: four stages, Basic blocks in the first two of V1, no squeeze-and-excitation in the last. */
    public static TResNetConfig published(String name, Version version, double widthFactor, int... layers) {
        BlockKind early = version == Version.V1 ? BlockKind.BASIC : BlockKind.BOTTLENECK;
        boolean v1 = version == Version.V1;
        return new TResNetConfig(
                name,
                3,
                1000,
                4,
                version,
                widthFactor,
                List.of(
                        new Stage(early, layers[0], true),
                        new Stage(early, layers[1], true),
                        new Stage(BlockKind.BOTTLENECK, layers[2], true),
                        new Stage(BlockKind.BOTTLENECK, layers[3], false)),
                v1 ? 1e-2f : 1e-6f,
                v1 ? 1e-3f : 1e-6f,
                NormKind.INPLACE);
    }

    /** The planes of the first stage. */
    public int planes() {
        return switch (version) {
            case V1 -> (int) (BASE_WIDTH * widthFactor);
            case V2 -> (int) (BASE_WIDTH * widthFactor + 4) / 8 * 8;
        };
    }

    /** The length of the vector that the classifier sees. */
    public int features() {
        return (planes() << (stages.size() - 1)) * stages.getLast().block().expansion();
    }

    /**
     * Checks that the network can take images of this size: the sides are multiples of {@link #spaceToDepth}, and each stage that halves
     * the resolution has at least 2 pixels a side to blur.
     *
     * @throws BadInputException if it cannot; says which sizes it takes
     */
    public void requireImageSize(int height, int width) {
        if (height % spaceToDepth != 0 || width % spaceToDepth != 0 || Math.min(height, width) < smallestSide()) {
            throw new BadInputException(name + " takes images whose sides are multiples of " + spaceToDepth
                    + " and at least " + smallestSide() + ", not " + height + "x" + width);
        }
    }

    /** The smallest image side, in pixels. */
    public int smallestSide() {
        // Halving rounds up: 2^k + 1 pixels are 2 after k halvings, which is what the last halving needs.
        int halvings = stages.size() - 1;
        return (halvings == 0 ? 1 : (1 << (halvings - 1)) + 1) * spaceToDepth;
    }

    /** The pixels of the last stage's maps for images of this size. */
    int lastMap(int height, int width) {
        int factor = 1 << (stages.size() - 1);
        return Math.ceilDiv(height / spaceToDepth, factor) * Math.ceilDiv(width / spaceToDepth, factor);
    }

    /** The same network for another number of classes. */
    public TResNetConfig withClasses(int classes) {
        return new TResNetConfig(
                name, inputChannels, classes, spaceToDepth, version, widthFactor, stages, stemSlope, blockSlope, norm);
    }

    /** The same network for images with another number of channels. */
    public TResNetConfig withInputChannels(int inputChannels) {
        return new TResNetConfig(
                name, inputChannels, classes, spaceToDepth, version, widthFactor, stages, stemSlope, blockSlope, norm);
    }

    /** The same network with other slopes of its leaky ReLUs. */
    public TResNetConfig withSlopes(float stemSlope, float blockSlope) {
        return new TResNetConfig(
                name, inputChannels, classes, spaceToDepth, version, widthFactor, stages, stemSlope, blockSlope, norm);
    }

    /** The same network with another norm. */
    public TResNetConfig withNorm(NormKind norm) {
        return new TResNetConfig(
                name, inputChannels, classes, spaceToDepth, version, widthFactor, stages, stemSlope, blockSlope, norm);
    }
}
