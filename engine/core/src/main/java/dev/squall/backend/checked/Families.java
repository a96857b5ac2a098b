package dev.squall.backend.checked;

import dev.squall.backend.Convolution;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.Movement;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;

/** A backend's implementation of each family of primitives; none of them needs to check its operands again. */
public record Families(
        Elementwise elementwise,
        Reduction reduction,
        Movement movement,
        Matmul matmul,
        Convolution convolution,
        Pooling pooling,
        Normalisation normalisation,
        Loss loss,
        Update update) {

    /** The same families behind the checks of {@code door}. */
    Families behind(Door door) {
        return new Families(
                new CheckedElementwise(elementwise, door),
                new CheckedReduction(reduction, door),
                new CheckedMovement(movement, door),
                new CheckedMatmul(matmul, door),
                new CheckedConvolution(convolution, door),
                new CheckedPooling(pooling, door),
                new CheckedNormalisation(normalisation, door),
                new CheckedLoss(loss, door),
                new CheckedUpdate(update, door));
    }
}
