package dev.squall.tresnet.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the images of a data set are read. */
final class PicturesMixin implements Ranged {
    @Option(
            names = "--image-size",
            paramLabel = "N",
            description =
                    "The side in pixels to which images are scaled (default: as they are; of folder: and csv: what suits the network).")
    private @Nullable Integer imageSize;

    @Option(
            names = "--val-split",
            paramLabel = "X",
            description =
                    "The part of each class that is measured with, where folder: or csv: have no images for that (default: 0.2).")
    private @Nullable Double validationSplit;

    @Mixin
    private final LoaderMixin loader = new LoaderMixin();

    @Override
    public void requireRanges() {
        if (imageSize != null) {
            Arguments.within("--image-size", imageSize, 1, Arguments.LARGEST_SIDE);
        }
        Arguments.part("--val-split", validationSplit);
    }

    @Nullable
    Integer imageSize() {
        return imageSize;
    }

    @Nullable
    Double validationSplit() {
        return validationSplit;
    }

    int loaderThreads() {
        return loader.threads();
    }
}
