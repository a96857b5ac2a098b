package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.parallel.Communicator;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

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
        return evaluate(network, loader, (_, _) -> {});
    }

    /** The same, telling {@code listener} of each batch. */
    public static Evaluation evaluate(Module network, DataLoader loader, Listener listener) {
        return evaluate(network, loader, () -> false, Communicator.ALONE, listener);
    }

    /**
     * The same, together with other workers, each of which takes its part of the batches; all have the result of all, the same for any number
     * of them. A worker alone asks {@code stop} after every batch whether to give up; several go through with it.
     *
     * @throws RunStoppedException if it says so
     */
    static Evaluation evaluate(Module network, DataLoader loader, BooleanSupplier stop, Communicator communicator) {
        return evaluate(network, loader, communicator.size() > 1 ? () -> false : stop, communicator, (_, _) -> {});
    }

    private static Evaluation evaluate(
            Module network, DataLoader loader, BooleanSupplier stop, Communicator communicator, Listener listener) {
        boolean training = network.isTraining();
        network.eval();
        try {
            return Autograd.withoutGradients(() -> run(network, loader, stop, communicator, listener));
        } finally {
            network.setTraining(training);
        }
    }

    private static Evaluation run(
            Module network, DataLoader loader, BooleanSupplier stop, Communicator communicator, Listener listener) {
        long start = System.nanoTime();
        int classes = loader.dataset().classes();
        PredictionCounts predictions = new PredictionCounts(classes);
        int first = communicator.first(loader.batches(), communicator.rank());
        int end = communicator.first(loader.batches(), communicator.rank() + 1);
        float[] losses = new float[loader.batches()];
        int[] sizes = new int[loader.batches()];
        try (DataLoader.Epoch batches = loader.epoch(0, IntStream.range(first, end))) {
            for (int number = first; batches.hasNext(); number++) {
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
                    losses[number] = loss;
                    sizes[number] = batch.size();
                    listener.measured(batch, values);
                }
            }
        }
        if (communicator.size() > 1) {
            predictions = predictions.shared(communicator, losses, sizes);
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
    static void requireAny(PredictionCounts predictions, DataLoader loader) {
        if (predictions.images() == 0) {
            throw new BadInputException(
                    "not one of the images of " + loader.dataset().name() + " could be read");
        }
    }

    static void requireClasses(Tensor logits, int classes, DataLoader loader) {
        if (logits.shape().rank() != 2) {
            throw new IllegalArgumentException("the network must return logits [N, classes], returned " + logits.shape()
                    + " for a batch of images");
        }
        if (logits.shape().channels() != classes) {
            throw new BadInputException(
                    "the network knows " + Plural.of(logits.shape().channels(), "class") + ", but "
                            + loader.dataset().name() + " has " + classes + "; take a network made for this data");
        }
    }
}
