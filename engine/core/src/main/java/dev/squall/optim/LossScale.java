package dev.squall.optim;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Collection;

/**
 * Dynamic loss scaling (Micikevicius et al., "Mixed precision training", 2018), as {@code torch.amp.GradScaler} does it: the backward pass starts from {@code scale} instead
 * of 1, so that the gradients of activations, all of which are larger by that, do not vanish in FP16. Where one overflows instead, the step is left out and the scale halved;
 * after {@code growthInterval} good steps it doubles. Scales are powers of two, so that a gradient of a parameter is the same to the last bit as without.
 *
 * <pre>{@code
 * scale.backward(loss);
 * scale.unscale(optimizer.parameters());
 * boolean finite = Float.isFinite(GradientClipping.byGlobalNorm(optimizer.parameters(), limit));
 * if (finite) {
 *     optimizer.step(learningRate);
 * }
 * scale.update(finite);
 * }</pre>
 */
public final class LossScale {
    /** Beyond it, the gradients of parameters could overflow, which are of single precision. */
    private static final float LARGEST = 0x1p40f;

    private final Settings settings;
    private State state;

    /** How a scale begins and moves; the values of {@link #STANDARD} are those of {@code torch.amp.GradScaler}. */
    public record Settings(float initialScale, float growthFactor, float backoffFactor, int growthInterval) {
        public static final Settings STANDARD = new Settings(65536, 2, 0.5f, 2000);
    }

    /**
     * Where a scale stands.
     *
     * @param scale what the loss is multiplied by
     * @param growthTracker good steps since the scale last changed
     */
    public record State(float scale, int growthTracker) {
        /** Whether it can be that of a scale; a damaged file may say anything. */
        public boolean isPossible() {
            return scale > 0 && scale <= LARGEST && growthTracker >= 0;
        }
    }

    /** A scale at its beginning. */
    public LossScale(Settings settings) {
        this.settings = settings;
        state = new State(settings.initialScale, 0);
    }

    /** Where it stands, to be stored. */
    public State state() {
        return state;
    }

    /** Goes on from where another stood. */
    public void resumeAt(State other) {
        state = other;
    }

    /** What the loss is multiplied by. */
    public float scale() {
        return state.scale;
    }

    /** Whether an overflow may be the scale's fault: else smaller gradients would not have helped. */
    public boolean isAboveOne() {
        return state.scale > 1;
    }

    /** Differentiates {@code scale * loss}. */
    public void backward(Tensor loss) {
        try (Tensor seed = Tensor.persistent(loss.memory().allocate(loss.shape(), loss.role()))) {
            loss.memory().fill(seed.storage(), state.scale);
            Autograd.backward(loss, seed);
        }
    }

    /** Divides the gradients by the scale. */
    public void unscale(Collection<Tensor> parameters) {
        for (Tensor parameter : parameters) {
            Tensor gradient = parameter.gradient();
            if (gradient != null) {
                Storage storage = gradient.overwrite("loss scaling");
                Backend.of(gradient).elementwise().scale(1 / state.scale, storage, storage);
            }
        }
    }

    /**
     * Moves the scale after a step.
     *
     * @param finite whether all gradients were finite; if not, the step must have been left out
     */
    public void update(boolean finite) {
        if (!finite) {
            state = new State(state.scale * settings.backoffFactor, 0);
        } else if (state.growthTracker + 1 < settings.growthInterval) {
            state = new State(state.scale, state.growthTracker + 1);
        } else {
            state = new State(Math.min(LARGEST, state.scale * settings.growthFactor), 0);
        }
    }
}
