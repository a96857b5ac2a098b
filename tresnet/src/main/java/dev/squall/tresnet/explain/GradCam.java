package dev.squall.tresnet.explain;

import dev.squall.autograd.Autograd;
import dev.squall.op.Softmax;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.ImageNetwork;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017). The last maps
 * before the global average still know where in the image they saw something. Each is weighted with how much the class's logit rises with it,
 *
 * <pre>
 * a[k] = mean over i, j of d(logit) / d(A[k, i, j])        L[i, j] = max(0, sum over k of a[k] A[k, i, j])
 * </pre>
 *
 * so that L is large where the maps saw what speaks for the class. The peak is in units of the logit's gradient.
 *
 * <p>Only the head of the network is differentiated; the body runs as in inference.
 */
public final class GradCam implements Explainer {
    /**
     * Explains one image.
     *
     * @throws IllegalStateException if the network is in training mode, or gradients of its parameters wait for an optimizer's step
     */
    @Override
    public Explanation explain(ImageNetwork network, Tensor image, OptionalInt label) {
        Map<String, Tensor> parameters = network.parameters();
        if (network.isTraining() || parameters.values().stream().anyMatch(p -> p.gradient() != null)) {
            throw new IllegalStateException(
                    "Grad-CAM needs a network in evaluation mode without gradients of its parameters; call eval(), or explain"
                            + " after the optimizer's zeroGradients()");
        }
        try (Scope _ = Scope.open()) {
            Tensor maps = Autograd.withoutGradients(() -> network.features(image))
                    .detach()
                    .requireGradient();
            Tensor logits = network.logits(maps);
            float[] probabilities =
                    Autograd.withoutGradients(() -> Softmax.softmax(logits)).toArray();
            int explained = label.orElseGet(() -> Explanation.highest(probabilities));
            float[] seed = new float[probabilities.length];
            seed[explained] = 1;
            Autograd.backward(logits, Tensor.fromArray(logits.memory(), logits.shape(), seed));
            float[] gradient = Objects.requireNonNull(maps.gradient()).toArray();
            return new Explanation(probabilities, explained, weighted(maps.shape(), maps.toArray(), gradient));
        } finally {
            // The head's parameters have gradients now, which nobody asked for.
            parameters.values().forEach(parameter -> parameter.setGradient(null));
        }
    }

    private static HeatMap weighted(Shape shape, float[] maps, float[] gradient) {
        int area = shape.height() * shape.width();
        double[] sum = new double[area];
        for (int k = 0; k < shape.channels(); k++) {
            double weight = 0;
            for (int i = 0; i < area; i++) {
                weight += gradient[k * area + i];
            }
            weight /= area;
            for (int i = 0; i < area; i++) {
                sum[i] += weight * maps[k * area + i];
            }
        }
        return HeatMap.of(shape.height(), shape.width(), sum);
    }
}
