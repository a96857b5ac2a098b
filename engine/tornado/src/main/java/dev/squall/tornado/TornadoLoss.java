package dev.squall.tornado;

import static dev.squall.tornado.kernel.LossKernels.CROSS_ENTROPY;
import static dev.squall.tornado.kernel.LossKernels.SOFTMAX;
import static dev.squall.tornado.kernel.LossKernels.SOFTMAX_BACKWARD;
import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Loss;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.layout.TornadoStorage;

/** Softmax and cross entropy. */
final class TornadoLoss implements Loss {
    private final Launcher launcher;
    private final TornadoReduction reduction;

    TornadoLoss(Launcher launcher, TornadoReduction reduction) {
        this.launcher = launcher;
        this.reduction = reduction;
    }

    @Override
    public void softmax(Storage x, Storage y) {
        int rows = x.shape().batch();
        launcher.launch(
                SOFTMAX, places(x, y), rows, 1, new int[] {rows, x.shape().channels(), first(x), first(y)});
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, Storage dx) {
        int rows = y.shape().batch();
        launcher.launch(SOFTMAX_BACKWARD, places(y, dy, dx), rows, 1, new int[] {
            rows, y.shape().channels(), first(y), first(dy), first(dx)
        });
    }

    @Override
    public void crossEntropy(Storage x, Storage targets, Storage loss, Storage dx) {
        int rows = x.shape().batch();
        launcher.withScratch(Math.ceilDiv(rows, TornadoStorage.LANES), scratch -> {
            int losses = scratch * TornadoStorage.LANES;
            launcher.launch(CROSS_ENTROPY, places(x, targets, dx), rows, 1, new int[] {
                rows, x.shape().channels(), first(x), first(targets), first(dx), losses
            });
            reduction.total(rows, losses, loss, 1f / rows);
        });
    }

    private static int first(Storage storage) {
        return TornadoStorage.of(storage).offset() * TornadoStorage.LANES;
    }
}
