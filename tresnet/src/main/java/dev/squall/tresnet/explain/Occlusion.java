package dev.squall.tresnet.explain;

import dev.squall.autograd.Autograd;
import dev.squall.op.Softmax;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.ImageNetwork;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Occlusion (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014): hides one patch of the image after the
 * other behind its mean colour, and sees by how much the probability of the class falls. It knows nothing of the network's inside, so it may
 * confirm or refute what {@link GradCam} says; it takes as many forward passes as there are patches. The peak is a probability.
 */
public final class Occlusion implements Explainer {
    /** Of a patch along the image's side; patches overlap by half, so that there are 13 x 13. */
    private static final int PATCHES = 7;

    /** Images with a patch each that are computed at once. */
    public static final int BATCH = 16;

    @Override
    public Explanation explain(ImageNetwork network, Tensor image, OptionalInt label) {
        Shape shape = image.shape();
        float[] pixels = image.toArray();
        float[] probabilities = probabilities(network, image, shape, pixels);
        int explained = label.orElseGet(() -> Explanation.highest(probabilities));
        int patchHeight = Math.max(1, shape.height() / PATCHES);
        int patchWidth = Math.max(1, shape.width() / PATCHES);
        int[] tops = starts(shape.height(), patchHeight);
        int[] lefts = starts(shape.width(), patchWidth);
        float[] means = means(shape, pixels);
        double[] falls = new double[tops.length * lefts.length];
        for (int first = 0; first < falls.length; first += BATCH) {
            int count = Math.min(BATCH, falls.length - first);
            float[] hidden = new float[count * pixels.length];
            for (int n = 0; n < count; n++) {
                System.arraycopy(pixels, 0, hidden, n * pixels.length, pixels.length);
                int top = tops[(first + n) / lefts.length];
                int left = lefts[(first + n) % lefts.length];
                hide(hidden, n * pixels.length, shape, means, top, left, patchHeight, patchWidth);
            }
            Shape batch = Shape.of(count, shape.channels(), shape.height(), shape.width());
            float[] seen = probabilities(network, image, batch, hidden);
            for (int n = 0; n < count; n++) {
                falls[first + n] = probabilities[explained] - seen[n * probabilities.length + explained];
            }
        }
        return new Explanation(probabilities, explained, HeatMap.of(tops.length, lefts.length, falls));
    }

    /** Every half patch, the last at the end of the side. */
    private static int[] starts(int side, int patch) {
        int step = Math.max(1, patch / 2);
        int last = side - patch;
        int[] starts = new int[(last + step - 1) / step + 1];
        Arrays.setAll(starts, i -> Math.min(i * step, last));
        return starts;
    }

    private static float[] means(Shape shape, float[] pixels) {
        int area = shape.height() * shape.width();
        float[] means = new float[shape.channels()];
        for (int c = 0; c < means.length; c++) {
            double sum = 0;
            for (int i = 0; i < area; i++) {
                sum += pixels[c * area + i];
            }
            means[c] = (float) (sum / area);
        }
        return means;
    }

    private static void hide(
            float[] images, int offset, Shape shape, float[] colour, int top, int left, int height, int width) {
        for (int c = 0; c < colour.length; c++) {
            for (int y = top; y < top + height; y++) {
                int row = offset + (c * shape.height() + y) * shape.width();
                Arrays.fill(images, row + left, row + left + width, colour[c]);
            }
        }
    }

    private static float[] probabilities(ImageNetwork network, Tensor image, Shape batch, float[] pixels) {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.fromArray(image.memory(), batch, pixels);
            return Autograd.withoutGradients(() -> Softmax.softmax(network.forward(x)))
                    .toArray();
        }
    }
}
