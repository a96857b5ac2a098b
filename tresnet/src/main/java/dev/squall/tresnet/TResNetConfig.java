package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.nn.NormKind;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One member of the family, or one on the way to it from a ResNet, with some of the paper's refinements. Stage s (from 0) has
 * {@code planes() * 2^s} planes, and every stage but the first halves the resolution.
 *
 * @param name the network's name
 * @param inputChannels C of the images [N, C, H, W]
 * @param classes length of the logits
 * @param stem how the network begins
 * @param spaceToDepth side of the square of pixels that {@link Stem#SPACE_TO_DEPTH} makes into channels
 * @param downsampling how a block halves the resolution
 * @param version how {@code widthFactor} becomes planes
 * @param widthFactor the planes of the first stage, divided by 64
 * @param stages the stages, highest resolution first
 * @param stemSlope slope of the leaky ReLUs of the stem; 0 for ReLUs
 * @param blockSlope slope of those inside the blocks
 * @param norm what follows each convolution; {@link NormKind#INPLACE} needs slopes above 0
 * @param regularisation what is left out at random in training
 */
public record TResNetConfig(
        String name,
        int inputChannels,
        int classes,
        Stem stem,
        int spaceToDepth,
        Downsampling downsampling,
        Version version,
        double widthFactor,
        List<Stage> stages,
        float stemSlope,
        float blockSlope,
        NormKind norm,
        Regularisation regularisation)
        implements NetworkConfig {
    private static final int BASE_WIDTH = 64;

    /** The published generations of the family. */
    public enum Version {
        /** Planes are cut to a whole number. */
        V1,
        /** Planes are rounded to a multiple of 8. */
        V2
    }

    /** How a block halves the resolution. */
    public enum Downsampling {
        /** Its 3x3 convolution, and the 1x1 convolution of its shortcut, have stride 2. */
        STRIDED,
        /** Its 3x3 convolution has stride 1 and is blurred down (Zhang 2019); the shortcut averages 2x2 pixels. */
        BLUR
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
        if (norm == NormKind.INPLACE && !(Math.min(stemSlope, blockSlope) > 0)) {
            throw new IllegalArgumentException("an Inplace-ABN inverts its activation, so it needs slopes above 0, got "
                    + stemSlope + " and " + blockSlope);
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
                Stem.SPACE_TO_DEPTH,
                4,
                Downsampling.BLUR,
                version,
                widthFactor,
                List.of(
                        new Stage(early, layers[0], true),
                        new Stage(early, layers[1], true),
                        new Stage(BlockKind.BOTTLENECK, layers[2], true),
                        new Stage(BlockKind.BOTTLENECK, layers[3], false)),
                v1 ? 1e-2f : 1e-6f,
                v1 ? 1e-3f : 1e-6f,
                NormKind.INPLACE,
                Regularisation.NONE);
    }

    /** A ResNet-50, on which each of the paper's refinements can be put. */
    public static TResNetConfig unrefined() {
        return published("tresnet_unrefined", Version.V1, 1, 3, 4, 6, 3)
                .withStem(Stem.CONV_7X7)
                .withDownsampling(Downsampling.STRIDED)
                .withNorm(NormKind.BATCHNORM)
                .withSlopes(0, 0)
                .withBlocks(BlockKind.BOTTLENECK, BlockKind.BOTTLENECK, BlockKind.BOTTLENECK, BlockKind.BOTTLENECK)
                .withSqueezeExcitation(0);
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

    /** The activation inside the blocks. */
    Activation blockActivation() {
        return activation(blockSlope);
    }

    /** The activation in the stem. */
    Activation stemActivation() {
        return activation(stemSlope);
    }

    private static Activation activation(float slope) {
        return slope == 0 ? Activation.RELU : Activation.leakyRelu(slope);
    }

    @Override
    public List<NormKind> norms() {
        return List.of(NormKind.values());
    }

    @Override
    public String classifier() {
        return "head.fc";
    }

    @Override
    public TResNet build(Backend backend) {
        return new TResNet(backend, this);
    }

    /** With {@link Stem#SPACE_TO_DEPTH} the sides must be multiples of {@link #spaceToDepth}; what is blurred must have 2 pixels a side. */
    @Override
    public void requireImageSize(int height, int width) {
        int step = stem == Stem.SPACE_TO_DEPTH ? spaceToDepth : 1;
        if (height % step != 0 || width % step != 0 || Math.min(height, width) < smallestSide()) {
            throw new BadInputException(name + " takes images whose sides are multiples of " + step + " and at least "
                    + smallestSide() + ", not " + height + "x" + width);
        }
    }

    /** The smallest image side, in pixels. */
    public int smallestSide() {
        // Halving rounds up: 2^k + 1 pixels are 2 after k halvings, which is what the last blur needs.
        int halvings = stages.size() - 1;
        int map = halvings == 0 || downsampling == Downsampling.STRIDED ? 1 : (1 << (halvings - 1)) + 1;
        return stem == Stem.SPACE_TO_DEPTH ? map * spaceToDepth : 4 * (map - 1) + 1;
    }

    @Override
    public int lastMap(int height, int width) {
        int factor = (stem == Stem.SPACE_TO_DEPTH ? spaceToDepth : 4) << (stages.size() - 1);
        return Math.ceilDiv(height, factor) * Math.ceilDiv(width, factor);
    }

    @Override
    public TResNetConfig withClasses(int classes) {
        return with(draft -> draft.classes = classes);
    }

    @Override
    public TResNetConfig withInputChannels(int inputChannels) {
        return with(draft -> draft.inputChannels = inputChannels);
    }

    @Override
    public TResNetConfig withNorm(NormKind norm) {
        return with(draft -> draft.norm = norm);
    }

    @Override
    public TResNetConfig withRegularisation(Regularisation regularisation) {
        return with(draft -> draft.regularisation = regularisation);
    }

    /** The same network with other slopes of its leaky ReLUs; 0 for ReLUs. */
    public TResNetConfig withSlopes(float stemSlope, float blockSlope) {
        return with(draft -> {
            draft.stemSlope = stemSlope;
            draft.blockSlope = blockSlope;
        });
    }

    /** The same network with another beginning. */
    public TResNetConfig withStem(Stem stem) {
        return with(draft -> draft.stem = stem);
    }

    /** The same network that halves the resolution in another way. */
    public TResNetConfig withDownsampling(Downsampling downsampling) {
        return with(draft -> draft.downsampling = downsampling);
    }

    /** The same network with other stages. */
    public TResNetConfig withStages(List<Stage> stages) {
        return with(draft -> draft.stages = stages);
    }

    /** The same network with other kinds of blocks, one for each stage. */
    public TResNetConfig withBlocks(BlockKind... kinds) {
        return withStages(IntStream.range(0, stages.size())
                .mapToObj(s -> new Stage(
                        kinds[s], stages.get(s).blocks(), stages.get(s).squeezeExcitation()))
                .toList());
    }

    /** The same network with squeeze-and-excitation in its first {@code count} stages and in no other. */
    public TResNetConfig withSqueezeExcitation(int count) {
        return withStages(IntStream.range(0, stages.size())
                .mapToObj(s -> new Stage(stages.get(s).block(), stages.get(s).blocks(), s < count))
                .toList());
    }

    private TResNetConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** What can be changed of a configuration, while it is being changed. */
    private static final class Draft {
        private final TResNetConfig original;
        private int inputChannels;
        private int classes;
        private Stem stem;
        private Downsampling downsampling;
        private List<Stage> stages;
        private float stemSlope;
        private float blockSlope;
        private NormKind norm;
        private Regularisation regularisation;

        Draft(TResNetConfig original) {
            this.original = original;
            inputChannels = original.inputChannels;
            classes = original.classes;
            stem = original.stem;
            downsampling = original.downsampling;
            stages = original.stages;
            stemSlope = original.stemSlope;
            blockSlope = original.blockSlope;
            norm = original.norm;
            regularisation = original.regularisation;
        }

        TResNetConfig finished() {
            return new TResNetConfig(
                    original.name,
                    inputChannels,
                    classes,
                    stem,
                    original.spaceToDepth,
                    downsampling,
                    original.version,
                    original.widthFactor,
                    stages,
                    stemSlope,
                    blockSlope,
                    norm,
                    regularisation);
        }
    }
}
