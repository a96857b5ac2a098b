package dev.squall.tresnet.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the images of a data set are read. */
final class PicturesMixin {
    private static final int MOST_THREADS = 256;

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

    @Option(
            names = "--loader-threads",
            paramLabel = "N",
            description =
                    "Threads that read, decode and change images; how many changes no result (default: half of the processors).")
    private @Nullable Integer loaderThreads;

    @Nullable
    Integer imageSize() {
        if (imageSize != null) {
            Arguments.within("--image-size", imageSize, 1, Arguments.LARGEST_SIDE);
        }
        return imageSize;
    }

    @Nullable
    Double validationSplit() {
        return validationSplit;
    }

    int loaderThreads() {
        if (loaderThreads == null) {
            return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        }
        Arguments.within("--loader-threads", loaderThreads, 1, MOST_THREADS);
        return loaderThreads;
    }
}
