package dev.squall.tresnet.explain;

import dev.squall.data.ImageShape;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ImageNetwork;
import java.util.OptionalInt;

/** A way to find what in an image speaks for a class. */
@FunctionalInterface
public interface Explainer {
    /**
     * Explains one image.
     *
     * @param network in evaluation mode
     * @param image prepared for the network, {@code [1, C, H, W]}
     * @param label the class in question; empty for the most probable one
     */
    Explanation explain(ImageNetwork network, Tensor image, OptionalInt label);

    /**
     * Explains a picture of any size; the map is of that part of it which the network is shown.
     *
     * @throws BadInputException if the weights are such that there is no answer but NaN
     */
    default Explanation explain(Classifier classifier, Picture picture, OptionalInt label) {
        ImageShape shape = classifier.card().image();
        float[] pixels = classifier.card().prepare(picture).pixels();
        Explanation explanation;
        try (Scope _ = Scope.open()) {
            explanation = explain(
                    classifier.network(),
                    Tensor.fromArray(
                            classifier.backend(), Shape.of(1, shape.channels(), shape.height(), shape.width()), pixels),
                    label);
        }
        if (Float.isNaN(explanation.probabilities()[0])) {
            throw new BadInputException(
                    "with these weights the network's answer is not a number, so that there is nothing to explain; take"
                            + " other weights");
        }
        return explanation;
    }
}
