package dev.squall.tresnet.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who prepares images while others are computed with. */
final class LoaderMixin implements Ranged {
    private static final int MOST_THREADS = 256;

    @Option(
            names = "--loader-threads",
            paramLabel = "N",
            description =
                    "Threads that read, decode and change images; how many changes no result (default: half of the processors).")
    private @Nullable Integer threads;

    @Override
    public void requireRanges() {
        if (threads != null) {
            Arguments.within("--loader-threads", threads, 1, MOST_THREADS);
        }
    }

    int threads() {
        return threads != null ? threads : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
}
