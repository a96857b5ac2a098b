package dev.squall.backend.checked;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;

/** Checks the operands of {@link Convolution}. */
record CheckedConvolution(Convolution own, Door door) implements Convolution {
    @Override
    public void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Call call = door.enter("convolution").reads(x, w).writes(y);
        geometry(call, x, w, geometry);
        call.shaped(y, geometry.output(x.shape(), w.shape())).apart(y, x);
        epilogue(call, epilogue, y);
        call.run(() -> own.forward(x, w, geometry, epilogue, y));
    }

    @Override
    public boolean gathersStatistics() {
        return own.gathersStatistics();
    }

    @Override
    public void forwardBlurred(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Call call = door.enter("blurred convolution").reads(x, w).writes(y);
        geometry(call, x, w, geometry);
        Shape sharp = geometry.output(x.shape(), w.shape());
        CheckedPooling.blurred(call, sharp, y).apart(y, x);
        if (epilogue.residual() != null || epilogue.statistics() != null) {
            throw new IllegalArgumentException("a blurred convolution takes no residual and gathers no statistics");
        }
        epilogue(call, epilogue, y);
        call.run(() -> own.forwardBlurred(x, w, geometry, epilogue, y));
    }

    @Override
    public void forwardInTurn(Storage x, Layer first, Layer second, Storage y) {
        Call call = door.enter("convolutions in turn")
                .reads(x, first.w(), second.w())
                .writes(y);
        geometry(call, x, first.w(), first.geometry());
        Shape between = first.output(x.shape());
        geometry(call, between, second.w(), second.geometry(), first.w(), second.w());
        call.shaped(y, second.output(between)).apart(y, x);
        for (Layer layer : List.of(first, second)) {
            Epilogue epilogue = layer.epilogue();
            if (epilogue.residual() != null || epilogue.statistics() != null) {
                throw new IllegalArgumentException(
                        "one of two convolutions in turn takes no residual and gathers no statistics");
            }
            Storage bias = epilogue.bias();
            if (bias != null) {
                int channels = layer.w().shape().dim(0);
                call.reads(bias)
                        .that(
                                bias.shape().equals(Shape.of(channels)),
                                "one value for each channel, [C]",
                                layer.w(),
                                bias);
            }
        }
        call.run(() -> own.forwardInTurn(x, first, second, y));
    }

    @Override
    public void forwardScaled(Storage x, Storage s, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Call call = door.enter("convolution of scaled images").reads(x, s, w).writes(x, y);
        geometry(call, x, w, geometry);
        call.shaped(s, Shape.of(x.shape().batch(), x.shape().channels(), 1, 1))
                .shaped(y, geometry.output(x.shape(), w.shape()))
                .apart(y, x, s)
                .apart(x, s);
        if (epilogue.statistics() != null || epilogue.residual() == x) {
            throw new IllegalArgumentException(
                    "a convolution of scaled images gathers no statistics, and does not add the images");
        }
        epilogue(call, epilogue, y);
        call.run(() -> own.forwardScaled(x, s, w, geometry, epilogue, y));
    }

    private static void epilogue(Call call, Epilogue epilogue, Storage y) {
        Storage bias = epilogue.bias();
        if (bias != null) {
            call.reads(bias).perChannel(y, bias);
        }
        Storage residual = epilogue.residual();
        if (residual != null) {
            call.reads(residual).alike(y, residual);
        }
        Epilogue.Statistics statistics = epilogue.statistics();
        if (statistics != null) {
            Storage mean = statistics.mean();
            Storage variance = statistics.variance();
            call.writes(mean, variance).perChannel(y, mean, variance).apart(mean, variance);
            if (statistics.running() != null) {
                CheckedNormalisation.running(call, statistics.running(), y, mean, variance);
            }
            if (bias != null) {
                call.apart(bias, mean, variance);
            }
        }
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        Call call = door.enter("convolution's input gradient").reads(dy, w).writes(dx);
        geometry(call, dx, w, geometry);
        call.shaped(dy, geometry.output(dx.shape(), w.shape())).apart(dx, dy);
        call.run(() -> own.backwardInput(dy, w, geometry, dx));
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw) {
        Call call = door.enter("convolution's weight gradient").reads(x, dy).writes(dw);
        geometry(call, x, dw, geometry);
        call.shaped(dy, geometry.output(x.shape(), dw.shape()));
        call.run(() -> own.backwardWeight(x, dy, geometry, dw));
    }

    /** Images and weights fit each other and the window. */
    private static void geometry(Call call, Storage x, Storage w, ConvGeometry g) {
        geometry(call.images(x), x.shape(), w, g, x, w);
    }

    /** @param given what to tell of where they do not */
    private static void geometry(Call call, Shape x, Storage w, ConvGeometry g, Storage... given) {
        Shape weights = w.shape();
        call.that(
                weights.rank() == 4
                        && w.role() == Role.PARAMETER
                        && weights.dim(2) == g.kernelH()
                        && weights.dim(3) == g.kernelW(),
                "weights [K, C/groups, kernelH, kernelW] that are a parameter, of the geometry's kernel",
                w);
        call.that(
                x.channels() == (long) weights.dim(1) * g.groups() && weights.dim(0) % g.groups() == 0,
                "images and weights that agree on C, with C and K divisible into the groups",
                given);
        call.that(
                g.outputHeight(x.height()) > 0 && g.outputWidth(x.width()) > 0,
                "images at least as large as the kernel with its dilation, less the padding",
                given);
    }
}
