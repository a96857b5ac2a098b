package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Shape;
import java.util.List;

/** Describes a network, {@code [N, C, H, W]} images to {@code [N, classes]} logits, as the table in its paper does, and builds it. */
public interface NetworkConfig {
    /** Its name here and in timm. */
    String name();

    /** C of the images. */
    int inputChannels();

    /** The length of the logits. */
    int classes();

    /** What follows each convolution. */
    NormKind norm();

    /** The norms that it exists with; by default its own alone. */
    default List<NormKind> norms() {
        return List.of(norm());
    }

    /** The name of the fully connected layer at the end. */
    String classifier();

    /** What is left out at random in training. */
    Regularisation regularisation();

    /** The network on {@code backend}, with all parameters zero until it is initialised or a state is loaded. */
    ImageNetwork build(Backend backend);

    /** The same network for another number of classes. */
    NetworkConfig withClasses(int classes);

    /** The same network for images with another number of channels. */
    NetworkConfig withInputChannels(int inputChannels);

    /**
     * The same network with another norm.
     *
     * @throws BadInputException if it is none of {@link #norms}
     */
    default NetworkConfig withNorm(NormKind norm) {
        if (norm != norm()) {
            throw new BadInputException(name() + " has batch norms; only a TResNet can have Inplace-ABN instead");
        }
        return this;
    }

    /** The same network with other things left out in training. */
    NetworkConfig withRegularisation(Regularisation regularisation);

    /**
     * Checks that the network can take images of this size; by default it takes any.
     *
     * @throws BadInputException if it cannot; says which sizes it takes
     */
    default void requireImageSize(int height, int width) {
        if (height < 1 || width < 1) {
            throw new BadInputException(name() + " takes images of at least one pixel, not " + height + "x" + width);
        }
    }

    /** The pixels of the last maps before the global average, for images of this size; by default after five halvings, each of which rounds up. */
    default int lastMap(int height, int width) {
        return Math.ceilDiv(height, 32) * Math.ceilDiv(width, 32);
    }

    /** Checks that {@code x} are images that the network can take. */
    default void requireImages(Shape x) {
        if (x.rank() != 4 || x.channels() != inputChannels()) {
            throw new BadInputException(name() + " was built for images [N, " + inputChannels() + ", H, W], got " + x);
        }
        requireImageSize(x.height(), x.width());
    }

    /**
     * What a network leaves out at random in training, so that it does not rely on it.
     *
     * @param dropout the probability of a feature before the classifier to be left out (Srivastava et al. 2014), in [0, 1)
     * @param dropPath the probability of the last residual branch to be left out for an image, in [0, 1); that of the others grows from 0
     *     with their depth (Huang et al., "Deep Networks with Stochastic Depth", 2016)
     */
    record Regularisation(double dropout, double dropPath) {
        /** Nothing. */
        public static final Regularisation NONE = new Regularisation(0, 0);

        public Regularisation {
            if (!(dropout >= 0 && dropout < 1) || !(dropPath >= 0 && dropPath < 1)) {
                throw new BadInputException(
                        "dropout and drop path (--dropout, --drop-path) are probabilities from 0 to below 1, got "
                                + dropout + " and " + dropPath);
            }
        }
    }
}
