package dev.squall.jvm.tile;

import dev.squall.backend.Activation;
import dev.squall.backend.Epilogue;
import dev.squall.jvm.runtime.Lanes;

/**
 * What of an {@link Epilogue} a {@link DenseKernel} does with its sums while they are in registers, besides the bias, with which they begin: first it
 * adds what memory holds, then it applies the activation. What a kernel cannot do so is left to loops over what it has written.
 *
 * @param accumulate whether to add what memory holds: what was summed before, or a residual
 * @param held bytes from a value of the output to what to add to it; 0 if that is what the output itself holds
 * @param rectify whether to apply ReLU
 * @param slope what leaky ReLU multiplies negative values with; 1 for no leaky ReLU
 */
public record FusedEpilogue(boolean accumulate, long held, boolean rectify, float slope) {
    /** Writes the sums as they are. */
    public static final FusedEpilogue NONE = of(false, 0, Activation.IDENTITY);

    /** Leaky ReLU takes a mask for each sum. Where masks have no registers of their own, the compiler would make room by spilling sums. */
    static final boolean CAN_LEAK = Lanes.COUNT == 16;

    /** @param activation one that {@link #canApply} */
    public static FusedEpilogue of(boolean accumulate, long held, Activation activation) {
        boolean isLeaky = activation.kind() == Activation.Kind.LEAKY_RELU;
        return new FusedEpilogue(
                accumulate, held, activation.kind() == Activation.Kind.RELU, isLeaky ? activation.slope() : 1);
    }

    /** Whether a kernel can apply {@code activation} without running out of registers. */
    public static boolean canApply(Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY, RELU -> true;
            case LEAKY_RELU -> CAN_LEAK;
            case SIGMOID, SILU, RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> false;
        };
    }
}
