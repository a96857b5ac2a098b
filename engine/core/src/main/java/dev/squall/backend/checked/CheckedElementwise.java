package dev.squall.backend.checked;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Unary;
import dev.squall.tensor.Storage;

/** Checks the operands of {@link Elementwise}. */
record CheckedElementwise(Elementwise own, Door door) implements Elementwise {
    @Override
    public void unary(Unary f, Storage x, Storage out) {
        door.enter("unary").reads(x).writes(out).alike(x, out).run(() -> own.unary(f, x, out));
    }

    @Override
    public void unaryBackward(Unary f, Storage saved, Storage dy, Storage dx) {
        door.enter("unaryBackward")
                .reads(saved, dy)
                .writes(dx)
                .alike(dx, saved, dy)
                .run(() -> own.unaryBackward(f, saved, dy, dx));
    }

    @Override
    public void binary(Binary f, Storage x, Storage y, Storage out) {
        door.enter("binary").reads(x, y).writes(out).broadcastTo(out, x, y).run(() -> own.binary(f, x, y, out));
    }

    @Override
    public void binary(Binary f, Storage x, float y, Storage out) {
        door.enter("binary").reads(x).writes(out).broadcastTo(out, x).run(() -> own.binary(f, x, y, out));
    }

    @Override
    public void where(Storage condition, Storage x, Storage y, Storage out) {
        door.enter("where")
                .reads(condition, x, y)
                .writes(out)
                .broadcastTo(out, condition, x, y)
                .run(() -> own.where(condition, x, y, out));
    }

    @Override
    public void copy(Storage x, Storage out) {
        door.enter("copy").reads(x).writes(out).sameShape(x, out).run(() -> own.copy(x, out));
    }

    @Override
    public void reshape(Storage x, Storage out) {
        door.enter("reshape")
                .reads(x)
                .writes(out)
                .that(x.shape().elements() == out.shape().elements(), "as many elements before as after", x, out)
                .apart(out, x)
                .run(() -> own.reshape(x, out));
    }

    @Override
    public void scale(float alpha, Storage x, Storage out) {
        door.enter("scale").reads(x).writes(out).alike(x, out).run(() -> own.scale(alpha, x, out));
    }

    @Override
    public void scaleBy(Storage factor, float alpha, Storage x, Storage out) {
        door.enter("scaleBy")
                .reads(factor, x)
                .writes(out)
                .single(factor)
                .alike(x, out)
                .apart(out, factor)
                .run(() -> own.scaleBy(factor, alpha, x, out));
    }

    @Override
    public void broadcast(Storage value, float alpha, Storage out) {
        door.enter("broadcast")
                .reads(value)
                .writes(out)
                .single(value)
                .apart(out, value)
                .run(() -> own.broadcast(value, alpha, out));
    }

    @Override
    public void axpby(float alpha, Storage x, float beta, Storage y, Storage out) {
        door.enter("axpby").reads(x, y).writes(out).alike(out, x, y).run(() -> own.axpby(alpha, x, beta, y, out));
    }

    @Override
    public void multiply(Storage x, Storage y, Storage out) {
        door.enter("multiply").reads(x, y).writes(out).alike(out, x, y).run(() -> own.multiply(x, y, out));
    }

    @Override
    public void addRelu(Storage x, Storage y, Storage out) {
        door.enter("addRelu").reads(x, y).writes(out).alike(out, x, y).run(() -> own.addRelu(x, y, out));
    }

    @Override
    public void exciteAddRelu(Storage x, Storage s, Storage y, Storage out) {
        door.enter("exciteAddRelu")
                .reads(x, s, y)
                .writes(out)
                .imagesOrFeatures(x)
                .alike(out, x, y)
                .perChannelOrImage(x, s)
                .apart(out, s, y)
                .run(() -> own.exciteAddRelu(x, s, y, out));
    }

    @Override
    public void activate(Activation f, Storage x, Storage out) {
        door.enter("activate").reads(x).writes(out).alike(x, out).run(() -> own.activate(f, x, out));
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx) {
        door.enter("activateBackward")
                .reads(saved, dy)
                .writes(dx)
                .alike(dx, saved, dy)
                .run(() -> own.activateBackward(f, saved, dy, dx));
    }

    @Override
    public void activateBackward(Activation f, Storage saved, Storage dy, Storage dx, Storage dbias) {
        Call call = door.enter("activateBackward")
                .reads(saved, dy)
                .writes(dx, dbias)
                .imagesOrFeatures(dx)
                .alike(dx, saved, dy)
                .perChannel(dx, dbias);
        call.run(() -> own.activateBackward(f, saved, dy, dx, dbias));
    }

    @Override
    public void multiplyChannels(Storage x, Storage s, Storage out) {
        perChannel("multiplyChannels", x, s, out).run(() -> own.multiplyChannels(x, s, out));
    }

    @Override
    public void multiplyChannelsBackward(Storage x, Storage s, Storage dy, Storage dx, Storage ds) {
        Call call = door.enter("multiplyChannelsBackward")
                .reads(x, s, dy)
                .writes(dx, ds)
                .imagesOrFeatures(x)
                .alike(x, dy, dx)
                .alike(s, ds)
                .perChannelOrImage(x, s)
                .apart(dx, x, s, ds)
                .apart(ds, x, s, dy);
        call.run(() -> own.multiplyChannelsBackward(x, s, dy, dx, ds));
    }

    @Override
    public void exciteAddReluBackward(
            Storage x, Storage s, Storage out, Storage dout, Storage dx, Storage ds, Storage dy) {
        Call call = door.enter("exciteAddReluBackward")
                .reads(x, s, out, dout)
                .writes(dx, ds, dy)
                .imagesOrFeatures(x)
                .alike(x, out, dout, dx, dy)
                .alike(s, ds)
                .perChannelOrImage(x, s)
                .apart(dx, x, s, out, dout, ds, dy)
                .apart(ds, x, s, out, dout, dy)
                .apart(dy, x, s, out);
        call.run(() -> own.exciteAddReluBackward(x, s, out, dout, dx, ds, dy));
    }

    @Override
    public void addChannels(Storage x, Storage s, Storage out) {
        perChannel("addChannels", x, s, out).run(() -> own.addChannels(x, s, out));
    }

    private Call perChannel(String primitive, Storage x, Storage s, Storage out) {
        return door.enter(primitive)
                .reads(x, s)
                .writes(out)
                .imagesOrFeatures(x)
                .alike(x, out)
                .perChannelOrImage(x, s);
    }

    @Override
    public void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count) {
        Call call = door.enter("copyChannels")
                .reads(x)
                .writes(out)
                .imagesOrFeatures(x)
                .imagesOrFeatures(out);
        call.that(
                x.shape().rank() == out.shape().rank()
                        && x.shape().batch() == out.shape().batch()
                        && x.shape().height() == out.shape().height()
                        && x.shape().width() == out.shape().width(),
                "operands that differ only in their channels",
                x,
                out);
        call.that(
                count >= 1 && isRange(fromChannel, count, x) && isRange(toChannel, count, out),
                "channels that both operands have (" + count + " from " + fromChannel + " to " + toChannel + ")",
                x,
                out);
        call.apart(out, x);
        call.run(() -> own.copyChannels(x, fromChannel, out, toChannel, count));
    }

    private static boolean isRange(int from, int count, Storage storage) {
        return from >= 0 && from <= storage.shape().channels() - count;
    }

    @Override
    public void dropout(Storage x, float p, long seed, Storage out) {
        Call call = door.enter("dropout").reads(x).writes(out).alike(x, out);
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout needs a probability in [0, 1), got " + p);
        }
        call.run(() -> own.dropout(x, p, seed, out));
    }
}
