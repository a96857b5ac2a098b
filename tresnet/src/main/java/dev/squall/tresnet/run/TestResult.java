package dev.squall.tresnet.run;

import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.nn.Module;
import dev.squall.train.Evaluation;
import dev.squall.train.Evaluator;
import dev.squall.tresnet.page.Block.Gallery;
import java.util.List;

/**
 * How a network does on its test images, one by one.
 *
 * @param classNames by label
 * @param all what it took each image for, in the order of the test set
 * @param mistakes the images that it was surest and wrong of
 */
public record TestResult(Evaluation evaluation, List<String> classNames, Predictions all, Gallery mistakes) {
    /** Runs {@code network} on all images of {@code loader}. */
    public static TestResult measure(Module network, DataLoader loader) {
        Dataset images = loader.dataset();
        Predictions predictions = new Predictions(images, images.classNames());
        Evaluation evaluation = Evaluator.evaluate(network, loader, predictions::add);
        return new TestResult(evaluation, images.classNames(), predictions, Mistakes.of(images, predictions.list()));
    }

    List<Prediction> predictions() {
        return all.list();
    }
}
