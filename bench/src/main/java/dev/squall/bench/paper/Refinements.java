package dev.squall.bench.paper;

import dev.squall.nn.NormKind;
import dev.squall.tresnet.BlockKind;
import dev.squall.tresnet.Stem;
import dev.squall.tresnet.TResNetConfig;
import dev.squall.tresnet.TResNetConfig.Downsampling;
import dev.squall.tresnet.TResNetConfig.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** The steps from a ResNet to a TResNet, one by one, and the alternatives that the paper weighs them against. */
final class Refinements {
    static final String BASE = "base";
    static final String FULL = "full";
    private static final float STEM_SLOPE = 1e-2f;
    private static final float BLOCK_SLOPE = 1e-3f;

    private Refinements() {}

    /**
     * A change of a network.
     *
     * @param id for keys
     * @param title for people
     * @param change applied to a network without or with the others
     * @param step whether it is one of those that make a TResNet, in their order; else an alternative
     */
    record Refinement(String id, String title, UnaryOperator<TResNetConfig> change, boolean step) {}

    /**
     * A network to be measured.
     *
     * @param id for keys
     * @param title for people
     */
    record Variant(String id, String title, TResNetConfig config) {}

    /** All changes. {@code refined} is the network that the steps lead to, whose blocks and depths one of them takes over. */
    static List<Refinement> all(TResNetConfig refined) {
        return List.of(
                step("stem-s2d", "SpaceToDepth stem", c -> c.withStem(Stem.SPACE_TO_DEPTH)),
                step("blur", "blur when the resolution halves", c -> c.withDownsampling(Downsampling.BLUR)),
                step(
                        "inplace",
                        "Inplace-ABN with leaky ReLU",
                        c -> c.withSlopes(STEM_SLOPE, BLOCK_SLOPE).withNorm(NormKind.INPLACE)),
                step(
                        "blocks",
                        "basic blocks in the first stages, a deeper third",
                        c -> c.withStages(blocksOf(refined, c))),
                step("se", "squeeze-and-excitation in the first three stages", c -> c.withSqueezeExcitation(3)),
                alternative("stem-resnetd", "ResNet-D's stem of three 3x3", c -> c.withStem(Stem.THREE_CONV_3X3)),
                alternative("leaky", "batch norm with leaky ReLU", c -> c.withSlopes(STEM_SLOPE, BLOCK_SLOPE)),
                alternative(
                        "se-all",
                        "squeeze-and-excitation everywhere",
                        c -> c.withSqueezeExcitation(c.stages().size())));
    }

    private static Refinement step(String id, String title, UnaryOperator<TResNetConfig> change) {
        return new Refinement(id, title, change, true);
    }

    private static Refinement alternative(String id, String title, UnaryOperator<TResNetConfig> change) {
        return new Refinement(id, title, change, false);
    }

    /** The blocks of {@code refined} with the squeeze-and-excitation of {@code current}. */
    private static List<Stage> blocksOf(TResNetConfig refined, TResNetConfig current) {
        List<Stage> stages = new ArrayList<>();
        for (int s = 0; s < refined.stages().size(); s++) {
            Stage stage = refined.stages().get(s);
            stages.add(new Stage(
                    stage.block(), stage.blocks(), current.stages().get(s).squeezeExcitation()));
        }
        return stages;
    }

    /** The base, the base with each change alone, and the base with the first two, three... steps. */
    static List<Variant> variants(TResNetConfig base, TResNetConfig refined) {
        List<Variant> variants = new ArrayList<>();
        variants.add(
                new Variant(BASE, "ResNet50: 7x7 stem, strided convolutions, batch norm and ReLU, bottlenecks", base));
        for (Refinement refinement : all(refined)) {
            variants.add(new Variant(alone(refinement), refinement.title, refinement.change.apply(base)));
        }
        TResNetConfig cumulative = base;
        int steps = 0;
        for (Refinement refinement : all(refined)) {
            if (refinement.step) {
                cumulative = refinement.change.apply(cumulative);
                if (steps++ > 0) {
                    variants.add(new Variant(upTo(refinement), "and " + refinement.title, cumulative));
                }
            }
        }
        return variants;
    }

    /** The key of the base with this change only. */
    static String alone(Refinement refinement) {
        return "alone-" + refinement.id;
    }

    /** The key of the base with all steps up to this one. */
    static String upTo(Refinement refinement) {
        return "up-to-" + refinement.id;
    }

    /** {@code full} as it is, and with what a ResNet has in place of one refinement after the other, or of all. */
    static List<Variant> switched(TResNetConfig full) {
        BlockKind[] bottlenecks = new BlockKind[full.stages().size()];
        Arrays.fill(bottlenecks, BlockKind.BOTTLENECK);
        UnaryOperator<TResNetConfig> stem = c -> c.withStem(Stem.CONV_7X7);
        UnaryOperator<TResNetConfig> stride = c -> c.withDownsampling(Downsampling.STRIDED);
        UnaryOperator<TResNetConfig> norm = c -> c.withNorm(NormKind.BATCHNORM).withSlopes(0, 0);
        UnaryOperator<TResNetConfig> blocks = c -> c.withBlocks(bottlenecks);
        UnaryOperator<TResNetConfig> excitation = c -> c.withSqueezeExcitation(0);
        TResNetConfig none = full;
        for (UnaryOperator<TResNetConfig> change : List.of(stem, stride, norm, blocks, excitation)) {
            none = change.apply(none);
        }
        return List.of(
                new Variant(FULL, "all refinements", full),
                new Variant("7x7-stem", "7x7 stem and max pool in place of SpaceToDepth", stem.apply(full)),
                new Variant("strided", "strided convolutions in place of blurs", stride.apply(full)),
                new Variant("batchnorm-relu", "batch norm and ReLU in place of Inplace-ABN", norm.apply(full)),
                new Variant("bottlenecks", "bottlenecks only", blocks.apply(full)),
                new Variant("no-se", "no squeeze-and-excitation", excitation.apply(full)),
                new Variant(
                        "se-all", "squeeze-and-excitation everywhere", full.withSqueezeExcitation(bottlenecks.length)),
                new Variant(BASE, "none of the refinements", none));
    }
}
