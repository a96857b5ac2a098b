package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.error.BadInputException;
import dev.squall.op.Add;
import dev.squall.op.Scale;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Goes forward and back over some images, which adds their part in the gradient of a step.
 *
 * @param setup what is trained
 * @param options whether a loss that is not finite is borne
 * @param epoch counted from 1
 * @param kept what to tell of what was written before, where the training ends with an error
 */
record Pass(Trainer.Setup setup, RunOptions options, int epoch, String kept) {
    /** Of a batch in an error. */
    private static final int NAMED_IMAGES = 8;

    /**
     * What came of it.
     *
     * @param images that could be read
     * @param hasGradient whether it has added a gradient
     * @param finite whether the loss is a number
     */
    record Outcome(int images, boolean hasGradient, boolean finite) {}

    /**
     * Adds the gradient of the images' part in the mean loss over the images of a step.
     *
     * @param number of the pass in its epoch, from which what is random follows
     * @param passes in the step
     * @param stepImages images in the step
     * @param predictions told what the network took them for
     */
    Outcome backward(Batch batch, int number, int passes, int stepImages, Predictions predictions) {
        int inPass = setup.train().batchSize();
        int before = number * inPass;
        setup.network()
                .reseed(setup.recipe().seed() + (long) epoch * setup.train().images() + before);
        int due = Math.min(inPass, setup.train().images() - before);
        if (batch.size() == 0 || batch.size() == 1 && due > 1) {
            // The others could not be read, and one image alone may have no variance for a norm.
            return new Outcome(batch.size(), false, true);
        }
        try (Scope _ = Scope.open()) {
            Tensor logits = setup.network().forward(Evaluator.upload(setup.network(), batch));
            Evaluator.requireClasses(logits, setup.train().dataset().classes(), setup.train());
            Tensor loss = loss(logits, batch);
            float value = loss.item();
            if (!Float.isFinite(value)) {
                if (options.skipsNonFinite()) {
                    return new Outcome(batch.size(), false, false);
                }
                throw notFinite("the loss is " + value, " on images " + first(batch.indices()));
            }
            predictions.add(logits.toArray(), batch, value);
            // Where files could not be read, a batch is smaller than it was to be.
            boolean isStep = batch.size() == stepImages || passes == 1;
            Autograd.backward(isStep ? loss : Scale.scale((float) batch.size() / stepImages, loss));
            return new Outcome(batch.size(), true, true);
        }
    }

    private Tensor loss(Tensor logits, Batch batch) {
        Tensor loss = setup.loss().of(logits, batch.labels());
        Batch.Mixed mixed = batch.mixed();
        if (mixed == null) {
            return loss;
        }
        Tensor second = setup.loss().of(logits, mixed.labels());
        return Add.add(Scale.scale(mixed.share(), loss), Scale.scale(1 - mixed.share(), second));
    }

    /** For a training that cannot go on. */
    BadInputException notFinite(String what, String where) {
        return new BadInputException(what + (what.startsWith("the loss") ? "" : " not finite") + " in epoch " + epoch
                + " after step " + setup.optimizer().steps() + where
                + "; choose a lower learning rate, clip gradients, leave such steps out, or compute with the precision accurate"
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
