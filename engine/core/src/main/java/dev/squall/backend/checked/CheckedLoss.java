package dev.squall.backend.checked;

import dev.squall.backend.Loss;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Loss}. */
record CheckedLoss(Loss own, Door door) implements Loss {
    @Override
    public void softmax(Storage x, int dimension, Storage y) {
        door.enter("softmax")
                .reads(x)
                .writes(y)
                .alike(x, y)
                .dimensions(x, dimension)
                .run(() -> own.softmax(x, dimension, y));
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, int dimension, Storage dx) {
        backward("softmaxBackward", y, dy, dimension, dx).run(() -> own.softmaxBackward(y, dy, dimension, dx));
    }

    @Override
    public void logSoftmax(Storage x, int dimension, Storage y) {
        door.enter("logSoftmax")
                .reads(x)
                .writes(y)
                .alike(x, y)
                .dimensions(x, dimension)
                .run(() -> own.logSoftmax(x, dimension, y));
    }

    @Override
    public void logSoftmaxBackward(Storage y, Storage dy, int dimension, Storage dx) {
        backward("logSoftmaxBackward", y, dy, dimension, dx).run(() -> own.logSoftmaxBackward(y, dy, dimension, dx));
    }

    private Call backward(String primitive, Storage y, Storage dy, int dimension, Storage dx) {
        return door.enter(primitive)
                .reads(y, dy)
                .writes(dx)
                .alike(y, dy, dx)
                .dimensions(y, dimension)
                .apart(dx, y);
    }

    @Override
    public void softmax(Storage x, Storage y) {
        door.enter("softmax").reads(x).writes(y).features(x).alike(x, y).run(() -> own.softmax(x, y));
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, Storage dx) {
        door.enter("softmaxBackward")
                .reads(y, dy)
                .writes(dx)
                .features(y)
                .alike(y, dy, dx)
                .apart(dx, y)
                .run(() -> own.softmaxBackward(y, dy, dx));
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
                .apart(dx, x, targets)
                .run(() -> own.crossEntropy(x, targets, loss, dx));
    }
}
