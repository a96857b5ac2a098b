package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.function.BooleanSupplier;

/** Measures a network on a data set, in evaluation mode and without gradients. */
public final class Evaluator {
    private Evaluator() {}

    /** Is told what the network made of each batch. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Some images have been measured.
         *
         * @param logits {@code [N, classes]}, row-major
         */
        void measured(Batch batch, float[] logits);
    }

    /**
     * Runs {@code network}, which maps {@code [N, C, H, W]} to logits {@code [N, classes]}, on all images of {@code loader}. The network is
     * in the same mode afterwards as before.
     *
     * @throws BadInputException if the network knows another number of classes than the data set, or no image can be read
     */
    public static Evaluation evaluate(Module network, DataLoader loader) {
        return evaluate(network, loader, () -> false, (_, _) -> {});
    }

    /** The same, telling {@code listener} of each batch. */
    public static Evaluation evaluate(Module network, DataLoader loader, Listener listener) {
        return evaluate(network, loader, () -> false, listener);
    }

    /**
     * The same, asking {@code stop} after every batch whether to give up.
     *
     * @throws RunStoppedException if it says so
     */
    static Evaluation evaluate(Module network, DataLoader loader, BooleanSupplier stop) {
        return evaluate(network, loader, stop, (_, _) -> {});
    }

    private static Evaluation evaluate(Module network, DataLoader loader, BooleanSupplier stop, Listener listener) {
        boolean training = network.isTraining();
        network.eval();
        try {
            return Autograd.withoutGradients(() -> run(network, loader, stop, listener));
        } finally {
            network.setTraining(training);
        }
    }

    private static Evaluation run(Module network, DataLoader loader, BooleanSupplier stop, Listener listener) {
        long start = System.nanoTime();
        int classes = loader.dataset().classes();
        Predictions predictions = new Predictions(classes);
        try (DataLoader.Epoch batches = loader.epoch(0)) {
            while (batches.hasNext()) {
                if (stop.getAsBoolean()) {
                    throw new RunStoppedException(
                            "stopped before the network was evaluated; the run can be resumed from there");
                }
                Batch batch = batches.next();
                if (batch.size() == 0) {
                    continue;
                }
                try (Scope _ = Scope.open()) {
                    Tensor logits = network.forward(upload(network, batch));
                    requireClasses(logits, classes, loader);
                    float loss =
                            CrossEntropy.crossEntropy(logits, batch.labels(), 0).item();
                    float[] values = logits.toArray();
                    predictions.add(values, batch, loss);
                    listener.measured(batch, values);
                }
            }
        }
        requireAny(predictions, loader);
        return predictions.evaluation((System.nanoTime() - start) * 1e-9);
    }

    /** The images of {@code batch} on the backend of {@code network}: {@code [N, C, H, W]}. */
    static Tensor upload(Module network, Batch batch) {
        ImageShape image = batch.shape();
        Shape shape = Shape.of(batch.size(), image.channels(), image.height(), image.width());
        return Tensor.fromArray(network.backend(), shape, batch.images());
    }

    /** Requires that images of {@code loader} could be read. */
    static void requireAny(Predictions predictions, DataLoader loader) {
        if (predictions.images() == 0) {
            throw new BadInputException("none of the " + loader.images() + " images of "
                    + loader.dataset().name() + " could be read");
        }
    }

    static void requireClasses(Tensor logits, int classes, DataLoader loader) {
        if (logits.shape().channels() != classes) {
            throw new BadInputException("the network knows " + logits.shape().channels() + " classes, but "
                    + loader.dataset().name() + " has " + classes + "; take a network made for this data");
        }
    }
}
