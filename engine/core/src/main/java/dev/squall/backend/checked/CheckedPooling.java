package dev.squall.backend.checked;

import dev.squall.backend.PoolGeometry;
import dev.squall.backend.Pooling;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Pooling}. */
record CheckedPooling(Pooling own, Door door) implements Pooling {
    @Override
    public void blur(Storage x, Storage y) {
        blurred(door.enter("blur").reads(x).writes(y).images(x), x.shape(), y).run(() -> own.blur(x, y));
    }

    @Override
    public void blurBackward(Storage dy, Storage dx) {
        blurred(door.enter("blurBackward").reads(dy).writes(dx).images(dx), dx.shape(), dy)
                .run(() -> own.blurBackward(dy, dx));
    }

    /** {@code y} is what a blur makes of images of shape {@code x}. */
    static Call blurred(Call call, Shape x, Storage y) {
        if (x.height() < 2 || x.width() < 2) {
            throw new IllegalArgumentException(
                    call.primitive() + " needs images of at least 2x2 pixels, to reflect them, got " + x);
        }
        return call.shaped(
                y, Shape.of(x.batch(), x.channels(), Math.ceilDiv(x.height(), 2), Math.ceilDiv(x.width(), 2)));
    }

    @Override
    public void spaceToDepth(Storage x, int block, Storage y) {
        blocks(door.enter("spaceToDepth").reads(x).writes(y).apart(y, x), x, block, y)
                .run(() -> own.spaceToDepth(x, block, y));
    }

    @Override
    public void depthToSpace(Storage y, int block, Storage x) {
        blocks(door.enter("depthToSpace").reads(y).writes(x).apart(x, y), x, block, y)
                .run(() -> own.depthToSpace(y, block, x));
    }

    private static Call blocks(Call call, Storage x, int block, Storage y) {
        Shape from = x.shape();
        Shape to = y.shape();
        return call.images(x)
                .images(y)
                .that(
                        block >= 1
                                && from.batch() == to.batch()
                                && (long) from.channels() * block * block == to.channels()
                                && from.height() == (long) to.height() * block
                                && from.width() == (long) to.width() * block,
                        "images and others with blocks of their pixels in the channels",
                        x,
                        y);
    }

    @Override
    public void globalAverage(Storage x, Storage y) {
        planes(door.enter("globalAverage").reads(x).writes(y).apart(y, x), x, y).run(() -> own.globalAverage(x, y));
    }

    @Override
    public void globalAverageBackward(Storage dy, Storage dx) {
        planes(door.enter("globalAverageBackward").reads(dy).writes(dx).apart(dx, dy), dx, dy)
                .run(() -> own.globalAverageBackward(dy, dx));
    }

    private static Call planes(Call call, Storage x, Storage y) {
        return call.images(x)
                .imagesOrFeatures(y)
                .that(
                        y.shape().batch() == x.shape().batch()
                                && y.shape().channels() == x.shape().channels()
                                && y.shape().plane() == 1,
                        "images and one value for each plane, [N, C] or [N, C, 1, 1]",
                        x,
                        y);
    }

    @Override
    public void average(Storage x, PoolGeometry geometry, Storage y) {
        windows(door.enter("average").reads(x).writes(y).apart(y, x), x, geometry, y)
                .run(() -> own.average(x, geometry, y));
    }

    @Override
    public void averageBackward(Storage dy, PoolGeometry geometry, Storage dx) {
        windows(door.enter("averageBackward").reads(dy).writes(dx).apart(dx, dy), dx, geometry, dy)
                .run(() -> own.averageBackward(dy, geometry, dx));
    }

    @Override
    public void max(Storage x, PoolGeometry geometry, Storage y) {
        windows(door.enter("max").reads(x).writes(y).apart(y, x), x, geometry, y)
                .run(() -> own.max(x, geometry, y));
    }

    @Override
    public void maxBackward(Storage x, Storage dy, PoolGeometry geometry, Storage dx) {
        Call call = door.enter("maxBackward")
                .reads(x, dy)
                .writes(dx)
                .apart(dx, x, dy)
                .alike(x, dx);
        windows(call, x, geometry, dy);
        call.run(() -> own.maxBackward(x, dy, geometry, dx));
    }

    private static Call windows(Call call, Storage x, PoolGeometry g, Storage y) {
        return call.images(x)
                .that(
                        x.shape().height() + 2L * g.padH() >= g.kernelH()
                                && x.shape().width() + 2L * g.padW() >= g.kernelW(),
                        "images at least as large as the window, less the padding",
                        x)
                .shaped(y, g.output(x.shape()));
    }
}
