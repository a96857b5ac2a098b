package dev.squall.backend.checked;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Reduction}. */
record CheckedReduction(Reduction own, Door door) implements Reduction {
    @Override
    public void reduce(Kind kind, Storage x, int[] dimensions, Storage out) {
        Call call = door.enter("reduce")
                .reads(x)
                .writes(out)
                .dimensions(x, dimensions)
                .apart(out, x);
        call.sameButForOnes(out, without(x, dimensions), x);
        call.run(() -> own.reduce(kind, x, dimensions, out));
    }

    @Override
    public void indexOf(Kind kind, Storage x, int dimension, Storage out) {
        Call call = door.enter("indexOf")
                .reads(x)
                .writes(out)
                .dimensions(x, dimension)
                .apart(out, x);
        call.sameButForOnes(out, without(x, dimension), x);
        if (kind != Kind.MAX && kind != Kind.MIN) {
            throw new IllegalArgumentException("indexOf needs MAX or MIN, got " + kind);
        }
        call.run(() -> own.indexOf(kind, x, dimension, out));
    }

    private static int[] without(Storage x, int... dimensions) {
        int[] sizes = x.shape().toArray();
        for (int d : dimensions) {
            sizes[d] = 1;
        }
        return sizes;
    }

    @Override
    public void sum(Storage x, Storage out) {
        door.enter("sum").reads(x).writes(out).single(out).apart(out, x).run(() -> own.sum(x, out));
    }

    @Override
    public void dot(Storage x, Storage y, Storage out) {
        door.enter("dot")
                .reads(x, y)
                .writes(out)
                .alike(x, y)
                .single(out)
                .apart(out, x, y)
                .run(() -> own.dot(x, y, out));
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        door.enter("channelSum")
                .reads(x)
                .writes(out)
                .imagesOrFeatures(x)
                .perChannelOrImage(x, out)
                .apart(out, x)
                .run(() -> own.channelSum(x, out));
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        door.enter("channelDot")
                .reads(x, y)
                .writes(out)
                .imagesOrFeatures(x)
                .alike(x, y)
                .perChannelOrImage(x, out)
                .apart(out, x, y)
                .run(() -> own.channelDot(x, y, out));
    }
}
