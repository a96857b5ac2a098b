package dev.squall.nn;

import static dev.squall.op.MultiplyChannels.multiplyChannels;

import dev.squall.backend.Backend;
import dev.squall.backend.DropoutMask;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;

/**
 * Stochastic depth (Huang et al. 2016), {@code [N, C, H, W]} or {@code [N, C]} to the same: in training {@code y[n] = x[n] * m[n] / (1 - p)} with
 * m = 0 with probability p, else 1, so that a residual branch that ends here is left out for some images. In evaluation mode y = x. Which images
 * is decided by the last {@linkplain Module#reseed seed} and the number of passes since.
 */
public final class DropPath extends Module implements Seeded {
    private final float probability;
    private long seed;

    /**
     * With the probability of an image's branch to be left out.
     *
     * @throws IllegalArgumentException if it is not in [0, 1)
     */
    public DropPath(float probability) {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException("drop path needs a probability in [0, 1), got " + probability);
        }
        this.probability = probability;
    }

    @Override
    public void seed(long seed) {
        this.seed = seed;
    }

    /** Whether it changes anything now; where not, a block can end in one fused operation. */
    public boolean isActive() {
        return isTraining() && probability > 0;
    }

    @Override
    protected Tensor compute(Tensor x) {
        if (!isActive()) {
            return x;
        }
        int mask = DropoutMask.fold(seed++);
        Shape shape = Shape.of(x.shape().batch(), x.shape().channels());
        float[] factors = new float[shape.elements()];
        for (int n = 0; n < shape.batch(); n++) {
            float factor = DropoutMask.uniform(mask, n) < probability ? 0f : 1 / (1 - probability);
            Arrays.fill(factors, n * shape.channels(), (n + 1) * shape.channels(), factor);
        }
        return multiplyChannels(x, Tensor.fromArray(Backend.of(x), shape, factors));
    }
}
