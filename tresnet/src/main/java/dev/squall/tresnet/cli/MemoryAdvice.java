package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.backend.HostMemory;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;
import java.util.Set;
import java.util.function.Consumer;

/** Says which batch would have fitted when one did not. */
final class MemoryAdvice {
    /** Of the heap. */
    private static final double USABLE = 0.9;

    /** Of a device's memory: kernels need room for partial sums, and what is free comes in pieces, of 512 MB as much as a third. */
    private static final double USABLE_ON_DEVICE = 0.7;

    /** There, the JVM itself grows as well, and kernels have packed copies and memory of their own. */
    private static final double USABLE_ON_HOST = 0.8;

    /** Beside the parameters that the measurement counts: their moving average, and copies packed for the convolutions of both directions. */
    private static final int FURTHER_COPIES = 3;

    /** The loader's batches in preparation, the one in use, and a copy while it is handed over. */
    private static final int BATCHES_ON_HEAP = 4;

    /** The backends that compute in the machine's memory. */
    private static final Set<String> ON_HOST = Set.of("jvm", "reference");

    private MemoryAdvice() {}

    /** What is done with a network. */
    enum Work {
        TRAINING,
        INFERENCE
    }

    /**
     * Requires that a batch fits the memory that this process may use, before any of it is taken. A backend with a memory of its own says so
     * itself when that is exhausted.
     *
     * @throws BadInputException if it does not; says which would
     */
    static void requireFits(Work work, Backend backend, NetworkConfig config, ImageShape image, int batch) {
        requireFits(work, backend, config, image, batch, network -> {});
    }

    /** The same for a network of which {@code freezing} freezes parts. */
    static void requireFits(
            Work work, Backend backend, NetworkConfig config, ImageShape image, int batch, Consumer<Module> freezing) {
        if (!ON_HOST.contains(backend.name())) {
            return;
        }
        HostMemory.Available available = HostMemory.available();
        long usable = usable(USABLE_ON_HOST, available.bytes(), config);
        long needed = Summary.peakBytes(
                work == Work.TRAINING, config, batch, image.height(), image.width(), backend, freezing);
        long heap = (long) (USABLE * Runtime.getRuntime().maxMemory());
        long imageBytes = (long) Float.BYTES * BATCHES_ON_HEAP * image.elements();
        if (needed <= usable && imageBytes * batch <= heap) {
            return;
        }
        boolean heapIsTooSmall = needed <= usable;
        String need = needed == Long.MAX_VALUE
                ? "more memory than can be counted"
                : "about " + Arguments.readable(heapIsTooSmall ? imageBytes * batch : needed);
        int fits = (int) Math.min(largest(work, backend, config, image, usable, freezing), heap / imageBytes);
        throw new BadInputException((batch == 1 ? "an image of " + image : "--batch " + batch) + " needs " + need
                + ", but the program may use "
                + Arguments.readable(Math.max(0, heapIsTooSmall ? heap : usable)) + " ("
                + (heapIsTooSmall
                        ? "of the Java heap; TRESNET_JAVA_OPTS=-Xmx... makes it larger"
                        : "by " + available.limit())
                + "); "
                + (batch == 1 ? "choose a smaller one with --image-size" : named(fits)));
    }

    /** For a batch that did not fit all the same. */
    static BadInputException of(DeviceMemoryException e, Work work, Backend backend, ModelCard card) {
        NetworkConfig config = Networks.config(card);
        boolean onHost = ON_HOST.contains(backend.name());
        long usable = usable(onHost ? USABLE_ON_HOST : USABLE_ON_DEVICE, e.limitBytes(), config);
        String option = onHost ? "" : "--device-memory; ";
        return new BadInputException(
                e.getMessage() + " (" + option
                        + named(largest(work, backend, config, card.image(), usable, network -> {})) + ")",
                e);
    }

    private static int largest(
            Work work,
            Backend backend,
            NetworkConfig config,
            ImageShape image,
            long usable,
            Consumer<Module> freezing) {
        return work == Work.TRAINING
                ? Summary.largestTrainingBatch(config, image.height(), image.width(), usable, backend, freezing)
                : Summary.largestInferenceBatch(config, image.height(), image.width(), usable, backend);
    }

    private static long usable(double part, long limitBytes, NetworkConfig config) {
        try (MetaBackend meta = new MetaBackend();
                Module network = config.build(meta)) {
            long copies = FURTHER_COPIES * (long) Float.BYTES * network.parameterCount();
            return (long) (part * limitBytes) - copies;
        }
    }

    private static String named(int batch) {
        return batch < 2
                ? "not even a batch of 2 surely fits"
                : "--batch " + batch + " is the largest that surely fits";
    }
}
