package dev.squall.backend.checked;

import dev.squall.backend.Loss;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Loss}. */
record CheckedLoss(Loss own, Door door) implements Loss {
    @Override
    public void softmax(Storage x, Storage y) {
        door.enter("softmax").reads(x).writes(y).features(x).alike(x, y);
        own.softmax(x, y);
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, Storage dx) {
        door.enter("softmaxBackward")
                .reads(y, dy)
                .writes(dx)
                .features(y)
                .alike(y, dy, dx)
                .apart(dx, y);
        own.softmaxBackward(y, dy, dx);
    }

    @Override
    public void crossEntropy(Storage x, Storage targets, Storage loss, Storage dx) {
        door.enter("crossEntropy")
                .reads(x, targets)
                .writes(loss, dx)
                .features(x)
                .alike(x, targets, dx)
                .single(loss)
                .apart(loss, x, targets, dx)
                .apart(dx, x, targets);
        own.crossEntropy(x, targets, loss, dx);
    }
}
