package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.DeviceMemoryException;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;

/** Says which batch would have fitted when one did not. */
final class MemoryAdvice {
    /** Kernels need room for partial sums, and free memory comes in pieces. */
    private static final double USABLE = 0.9;

    /** Beside the parameters that the measurement counts: their moving average, and copies packed for the convolutions of both directions. */
    private static final int FURTHER_COPIES = 3;

    private MemoryAdvice() {}

    static BadInputException training(DeviceMemoryException e, Backend backend, ModelCard card) {
        NetworkConfig config = Networks.config(card);
        ImageShape image = card.image();
        return advice(
                e, Summary.largestTrainingBatch(config, image.height(), image.width(), usable(e, config), backend));
    }

    static BadInputException inference(DeviceMemoryException e, Backend backend, ModelCard card) {
        NetworkConfig config = Networks.config(card);
        ImageShape image = card.image();
        return advice(
                e, Summary.largestInferenceBatch(config, image.height(), image.width(), usable(e, config), backend));
    }

    private static long usable(DeviceMemoryException e, NetworkConfig config) {
        try (MetaBackend meta = new MetaBackend();
                Module network = config.build(meta)) {
            long copies = FURTHER_COPIES * (long) Float.BYTES * network.parameterCount();
            return (long) (USABLE * e.limitBytes()) - copies;
        }
    }

    private static BadInputException advice(DeviceMemoryException e, int batch) {
        String fits = batch < 2
                ? "not even a batch of 2 surely fits"
                : "--batch " + batch + " is the largest that surely fits";
        return new BadInputException(e.getMessage() + " (--device-memory; " + fits + ")", e);
    }
}
