package dev.squall.backend.checked;

import dev.squall.backend.Activation.Kind;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Normalisation}. */
record CheckedNormalisation(Normalisation own, Door door) implements Normalisation {
    @Override
    public void statistics(Storage x, Storage mean, Storage variance) {
        door.enter("statistics")
                .reads(x)
                .writes(mean, variance)
                .imagesOrFeatures(x)
                .perChannel(x, mean, variance)
                .apart(mean, variance)
                .run(() -> own.statistics(x, mean, variance));
    }

    @Override
    public void statistics(Storage x, Storage mean, Storage variance, Running running) {
        Call call = door.enter("statistics")
                .reads(x)
                .writes(mean, variance)
                .imagesOrFeatures(x)
                .perChannel(x, mean, variance)
                .apart(mean, variance);
        running(call, running, x, mean, variance);
        call.run(() -> own.statistics(x, mean, variance, running));
    }

    /** Running statistics that move towards those of {@code x}. */
    static void running(Call call, Running running, Storage x, Storage mean, Storage variance) {
        call.writes(running.mean(), running.variance())
                .perChannel(x, running.mean(), running.variance())
                .apart(running.mean(), running.variance(), mean, variance)
                .apart(running.variance(), mean, variance)
                .that(
                        x.shape().batch() * x.shape().plane() > 1,
                        "more than one value for each channel, whose variance moves the running one,",
                        x);
    }

    @Override
    public void normalise(
            Storage x,
            Storage mean,
            Storage variance,
            Running running,
            Storage weight,
            Storage bias,
            Norm norm,
            Storage y) {
        Call call = door.enter("normalisation")
                .reads(x, weight, bias)
                .writes(mean, variance, y)
                .imagesOrFeatures(x)
                .alike(x, y)
                .perChannel(x, mean, variance, weight, bias)
                .apart(mean, variance, weight, bias)
                .apart(variance, weight, bias);
        running(call, running, x, mean, variance);
        call.apart(running.mean(), weight, bias).apart(running.variance(), weight, bias);
        activation(norm);
        call.run(() -> own.normalise(x, mean, variance, running, weight, bias, norm, y));
    }

    private static void activation(Norm norm) {
        Kind kind = norm.activation().kind();
        if (kind != Kind.IDENTITY && kind != Kind.RELU && kind != Kind.LEAKY_RELU) {
            throw new IllegalArgumentException(
                    "a normalisation ends with the identity, ReLU or leaky ReLU, got " + norm.activation());
        }
    }

    @Override
    public void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        Call call = door.enter("normalisation")
                .reads(x, mean, variance, weight, bias)
                .writes(y)
                .imagesOrFeatures(x)
                .alike(x, y)
                .perChannel(x, mean, variance, weight, bias);
        activation(norm);
        call.run(() -> own.apply(x, mean, variance, weight, bias, norm, y));
    }

    @Override
    public void backward(
            Storage x,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        door.enter("normalisation's gradient")
                .reads(x, mean, variance, weight, dy)
                .writes(dx, dweight, dbias)
                .imagesOrFeatures(x)
                .alike(x, dy, dx)
                .perChannel(x, mean, variance, weight, dweight, dbias)
                .apart(dx, x)
                .apart(dweight, mean, variance, weight, dbias)
                .apart(dbias, mean, variance, weight)
                .run(() -> own.backward(x, mean, variance, weight, dy, norm, batchStatistics, dx, dweight, dbias));
    }

    @Override
    public void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        Call call = door.enter("normalisation's gradient from its output")
                .reads(y, variance, weight, bias, dy)
                .writes(dx, dweight, dbias)
                .imagesOrFeatures(y)
                .alike(y, dy, dx)
                .perChannel(y, variance, weight, bias, dweight, dbias)
                .apart(dweight, variance, weight, bias, dbias)
                .apart(dbias, variance, weight, bias);
        if (!norm.activation().isInvertible()) {
            throw new IllegalArgumentException("a normalisation's input can be recovered from its output only after the"
                    + " identity or a leaky ReLU with a slope above 0, got " + norm.activation());
        }
        call.run(
                () -> own.backwardFromOutput(y, variance, weight, bias, dy, norm, batchStatistics, dx, dweight, dbias));
    }

    @Override
    public void standardise(Storage x, int[] dimensions, float epsilon, Storage inverse, Storage y) {
        Call call = door.enter("standardise")
                .reads(x)
                .writes(inverse, y)
                .alike(x, y)
                .dimensions(x, dimensions);
        call.sameButForOnes(inverse, reduced(x, dimensions), x).broadcastTo(x, inverse);
        call.apart(y, x, inverse).apart(inverse, x);
        call.run(() -> own.standardise(x, dimensions, epsilon, inverse, y));
    }

    @Override
    public void standardiseBackward(Storage y, Storage inverse, Storage dy, int[] dimensions, Storage dx) {
        Call call = door.enter("standardiseBackward")
                .reads(y, inverse, dy)
                .writes(dx)
                .alike(y, dy, dx)
                .dimensions(y, dimensions);
        call.sameButForOnes(inverse, reduced(y, dimensions), y).broadcastTo(y, inverse);
        call.apart(dx, y, dy, inverse);
        call.run(() -> own.standardiseBackward(y, inverse, dy, dimensions, dx));
    }

    private static int[] reduced(Storage x, int[] dimensions) {
        int[] sizes = x.shape().toArray();
        for (int d : dimensions) {
            sizes[d] = 1;
        }
        return sizes;
    }
}
