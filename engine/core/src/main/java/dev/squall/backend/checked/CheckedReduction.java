package dev.squall.backend.checked;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Reduction}. */
record CheckedReduction(Reduction own, Door door) implements Reduction {
    @Override
    public void sum(Storage x, Storage out) {
        door.enter("sum").reads(x).writes(out).single(out).apart(out, x);
        own.sum(x, out);
    }

    @Override
    public void dot(Storage x, Storage y, Storage out) {
        door.enter("dot").reads(x, y).writes(out).alike(x, y).single(out).apart(out, x, y);
        own.dot(x, y, out);
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        door.enter("channelSum")
                .reads(x)
                .writes(out)
                .imagesOrFeatures(x)
                .perChannelOrImage(x, out)
                .apart(out, x);
        own.channelSum(x, out);
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        door.enter("channelDot")
                .reads(x, y)
                .writes(out)
                .imagesOrFeatures(x)
                .alike(x, y)
                .perChannelOrImage(x, out)
                .apart(out, x, y);
        own.channelDot(x, y, out);
    }
}
