package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.op.Add;
import dev.squall.op.BatchSums;
import dev.squall.op.Scale;
import dev.squall.optim.LossScale;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Goes forward and back over some images, which adds their part in the gradient of a step.
 *
 * @param setup what is trained
 * @param options whether a loss that is not finite is borne
 * @param lossScale what the gradient is to be a multiple of, or null
 * @param epoch counted from 1
 * @param kept what to tell of what was written before, where the training ends with an error
 */
record Pass(
        Trainer.Setup setup, RunOptions options, @Nullable LossScale lossScale, int epoch, String kept) {
    /** Of a batch in an error. */
    private static final int NAMED_IMAGES = 8;

    /**
     * What came of it.
     *
     * @param images that could be read
     * @param hasGradient whether it has added a gradient
     * @param finite whether the loss is a number
     */
    record Outcome(int images, boolean hasGradient, boolean finite) {
        /** What came of both passes. */
        Outcome and(Outcome other) {
            return new Outcome(images + other.images, hasGradient || other.hasGradient, finite && other.finite);
        }
    }

    /**
     * Adds the gradient of the images' part in the mean loss over the images of a step.
     *
     * @param number of the pass in its epoch, from which what is random follows
     * @param passes in the step
     * @param stepImages images in the step
     * @param predictions told what the network took them for
     */
    Outcome backward(Batch batch, int number, int passes, int stepImages, PredictionCounts predictions) {
        setup.network().reseed(seed(number));
        int due = due(number);
        if (batch.size() == 0 || batch.size() == 1 && due > 1) {
            // The others could not be read, and one image alone may have no variance for a norm.
            return new Outcome(batch.size(), false, true);
        }
        return backward(batch, passes, stepImages, predictions, null);
    }

    /**
     * The same for one of several shards whose norms see all of them. Where one does without a step, all do: each asks for the same sums.
     *
     * @param batch without images for one that is only there to keep step
     */
    Outcome backward(Batch batch, int number, int passes, int stepImages, PredictionCounts predictions, BatchSums all) {
        setup.network().reseed(seed(number));
        int images = Math.round(all.sum(batch.size())[0]);
        if (images == 0 || images == 1 && stepImages > 1) {
            return new Outcome(batch.size(), false, true);
        }
        if (batch.size() > 0) {
            return backward(batch, passes, stepImages, predictions, all);
        }
        ImageShape shape = batch.shape();
        Batch blank = new Batch(new float[shape.elements()], new int[1], new int[1], shape);
        PredictionCounts nobody = new PredictionCounts(setup.train().dataset().classes());
        return new Outcome(
                0, false, backward(blank, passes, stepImages, nobody, all).finite());
    }

    /** From which all follows that is random in a pass. */
    long seed(int number) {
        return setup.recipe().seed()
                + (long) epoch * setup.train().images()
                + (long) number * setup.train().batchSize();
    }

    private int due(int number) {
        int inPass = setup.train().batchSize();
        return Math.min(inPass, setup.train().images() - number * inPass);
    }

    private Outcome backward(
            Batch batch, int passes, int stepImages, PredictionCounts predictions, @Nullable BatchSums all) {
        boolean isCounted = all == null || all.isCounted();
        try (Scope _ = Scope.open()) {
            Tensor logits = setup.network().forward(Evaluator.upload(setup.network(), batch));
            Evaluator.requireClasses(logits, setup.train().dataset().classes(), setup.train());
            Tensor loss = loss(logits, batch);
            float value = loss.item();
            boolean allFinite = all == null || all.sum(Float.isFinite(value) ? 0 : 1)[0] == 0;
            if (!allFinite && Float.isFinite(value)) {
                return new Outcome(batch.size(), false, false);
            }
            if (!Float.isFinite(value)) {
                if (options.skipsNonFinite()) {
                    return new Outcome(batch.size(), false, false);
                }
                throw notFinite("the loss is " + value, " on images " + first(batch.indices()));
            }
            predictions.add(logits.toArray(), batch, value);
            // Where files could not be read, a batch is smaller than it was to be.
            boolean isStep = isCounted && (batch.size() == stepImages || passes == 1);
            float share = isCounted ? (float) batch.size() / stepImages : 0;
            Tensor part = isStep ? loss : Scale.scale(share, loss);
            if (lossScale == null) {
                Autograd.backward(part);
            } else {
                lossScale.backward(part);
            }
            return new Outcome(batch.size(), true, true);
        }
    }

    private static Tensor usable(@Nullable Tensor loss) {
        if (loss == null || loss.shape().elements() != 1) {
            throw new IllegalArgumentException("the loss of the training must be a tensor of one element, but is "
                    + (loss == null ? "null" : loss.shape()));
        }
        if (!loss.requiresGradient()) {
            throw new IllegalArgumentException(
                    "the loss of the training depends on no parameter that is learned, so that there is no gradient; leave"
                            + " out detach() and withoutGradients() between network and loss");
        }
        return loss;
    }

    private Tensor loss(Tensor logits, Batch batch) {
        Tensor loss = usable(setup.loss().of(logits, batch.labels()));
        Batch.Mixed mixed = batch.mixed();
        if (mixed == null) {
            return loss;
        }
        Tensor second = usable(setup.loss().of(logits, mixed.labels()));
        return Add.add(Scale.scale(mixed.share(), loss), Scale.scale(1 - mixed.share(), second));
    }

    /** For a training that cannot go on. */
    BadInputException notFinite(String what, String where) {
        return new BadInputException(what + (what.startsWith("the loss") ? "" : " not finite") + " in epoch " + epoch
                + " after step " + setup.optimizer().steps() + where
                + "; choose a lower learning rate, clip gradients, leave such steps out, or compute with "
                + (setup.network().backend().activationFormat() == null ? "the precision accurate" : "single precision")
                + kept);
    }

    private static String first(int[] indices) {
        String some = Arrays.stream(indices)
                .limit(NAMED_IMAGES)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "));
        return some + (indices.length > NAMED_IMAGES ? ", ... (" + indices.length + " in all)" : "");
    }
}
