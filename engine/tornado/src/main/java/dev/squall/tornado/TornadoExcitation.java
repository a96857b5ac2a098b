package dev.squall.tornado;

import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.ExcitationKernels;
import dev.squall.tornado.kernel.GroupSums;
import dev.squall.tornado.layout.TornadoStorage;
import org.jspecify.annotations.Nullable;

/**
 * The backward passes of squeeze-and-excitation. Each writes a gradient for each pixel and sums another over the pixels, in one launch that reads its
 * operands once.
 */
record TornadoExcitation(Launcher launcher) {
    /** In place of an operand that there is none of. */
    private static final int NONE = -1;

    /** Whether one launch can sum over so many pixels. */
    static boolean canSum(int pixels) {
        return pixels <= GroupSums.MOST_PIXELS;
    }

    /**
     * dx = dy * f'(saved), of which dbias is the sum over all pixels.
     *
     * @param activation f as {@link ExcitationKernels#BIAS} names it, with its slope
     */
    void biasBackward(int activation, float slope, Storage saved, Storage dy, Storage dx, Storage dbias) {
        TornadoStorage to = TornadoStorage.of(dx);
        int pixels = to.pixels();
        int parts = GroupSums.parts(pixels);
        launcher.launch(
                ExcitationKernels.BIAS,
                places(saved, dy, dx),
                to.channelVectors() * parts,
                1,
                new int[] {
                    to.channelVectors(),
                    parts,
                    pixels,
                    Math.ceilDiv(pixels, parts),
                    dx.shape().channels(),
                    to.pixelFloats(),
                    firstFloat(saved),
                    firstFloat(dy),
                    to.firstFloat(),
                    TornadoStorage.of(dbias).mainOffset() * TornadoStorage.LANES,
                    activation
                },
                slope);
    }

    /**
     * dx = dz * s and ds = the sum of dz * x over what shared s, with dz = dy, or 0 where {@code out} is not positive.
     *
     * @param out the output of the ReLU behind, or null where there is none
     * @param dz gets that gradient, where there is a ReLU
     */
    void gateBackward(
            Storage x, Storage s, Storage dy, Storage dx, Storage ds, @Nullable Storage out, @Nullable Storage dz) {
        TornadoStorage from = TornadoStorage.of(x);
        int pixels = TornadoReduction.pixels(x, ds);
        int groups = from.pixels() / pixels;
        int parts = GroupSums.parts(pixels);
        int[] places = places(x, s, dy, out, dz, dx, ds);
        launcher.launch(ExcitationKernels.GATE, places, groups * from.channelVectors() * parts, 1, new int[] {
            from.channelVectors(),
            groups,
            parts,
            pixels,
            Math.ceilDiv(pixels, parts),
            x.shape().channels(),
            from.pixelFloats(),
            from.firstFloat(),
            firstFloat(dy),
            firstFloat(dx),
            firstFloat(s),
            firstFloat(ds),
            TornadoStorage.of(s).imageFloats(),
            out == null ? NONE : firstFloat(out),
            dz == null ? NONE : firstFloat(dz)
        });
    }

    private static int firstFloat(Storage storage) {
        return TornadoStorage.of(storage).firstFloat();
    }
}
