package dev.squall.bench.peers;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.PeerRow.Bar;
import dev.squall.bench.peers.PeerRow.Work;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.op.Conv2d;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * Single convolutions of TResNet-M, forward and both derivatives. The weights stay the same from one call to the next, and whoever can keep
 * them transformed or packed may do so.
 */
final class ConvolutionRows {
    private static final int BATCH = 8;
    private static final double TOLERANCE = 2e-5;
    private static final String RESULT = "result";

    private ConvolutionRows() {}

    /** Which of the three. */
    private enum Pass {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** A convolution with stride 1 of images of {@code side} pixels a side. */
    private record Case(int kernel, int in, int out, int side) {
        ConvGeometry geometry() {
            return ConvGeometry.square(kernel, 1, kernel / 2);
        }

        double multiplyAdds() {
            return (double) BATCH * side * side * in * out * kernel * kernel;
        }

        @Override
        public String toString() {
            return "conv" + kernel + "x" + kernel + " " + in + "->" + out + " at " + side + "x" + side;
        }
    }

    static List<PeerRow> all() {
        List<Case> cases = List.of(
                new Case(3, 64, 64, 56),
                new Case(3, 128, 128, 28),
                new Case(3, 256, 256, 14),
                new Case(3, 512, 512, 7),
                new Case(1, 256, 64, 56),
                new Case(1, 64, 256, 56),
                new Case(1, 1024, 256, 14),
                new Case(1, 512, 128, 28),
                new Case(1, 2048, 512, 7));
        List<PeerRow> rows = new ArrayList<>();
        for (Case c : cases) {
            for (Pass pass : Pass.values()) {
                rows.add(new PeerRow(
                        "conv" + c.kernel + "x" + c.kernel + ", batch " + BATCH,
                        c + ", " + pass,
                        Work.multiplyAdds(0, c.multiplyAdds()),
                        TOLERANCE,
                        List.of(new Bar("pytorch", c.kernel == 1 ? 1.0 : 1.5)),
                        engines -> contenders(engines, c, pass)));
            }
        }
        return rows;
    }

    private static List<Contender> contenders(Engines engines, Case c, Pass pass) {
        RandomGenerator random = new MersenneTwister(3);
        Constant x = random(random, BATCH, c.in, c.side, c.side);
        Constant w = random(random, c.out, c.in, c.kernel, c.kernel);
        Constant dy = random(random, BATCH, c.out, c.side, c.side);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(ours(engines.backend(), c, pass, x, w, dy));
        Torch torch = engines.torch();
        contenders.add(convolution(torch, Layout.CONTIGUOUS, c, pass, x, w, dy));
        if (pass == Pass.BACKWARD_WEIGHT) {
            contenders.add(
                    c.kernel == 1
                            ? productOfPixels(torch, c, x, w, dy)
                            : convolution(torch, Layout.CHANNELS_LAST, c, pass, x, w, dy));
        } else {
            if (c.kernel > 1) {
                contenders.add(convolution(torch, Layout.CHANNELS_LAST, c, pass, x, w, dy));
            }
            contenders.add(packed(torch, c, pass, x, w, dy));
        }
        contenders.add(Nd4j.convolution(engines.threads(), pass.ordinal(), c.geometry(), x, w, dy));
        return contenders;
    }

    private static Constant random(RandomGenerator random, int... shape) {
        int count = 1;
        long[] extents = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            extents[i] = shape[i];
            count *= shape[i];
        }
        return new Constant(Weights.uniform(random, count, -1, 1), extents);
    }

    private static Contender ours(Backend backend, Case c, Pass pass, Constant images, Constant weights, Constant dys) {
        Tensor x = Squall.activation(backend, images);
        Tensor w = Squall.parameter(backend, weights);
        Tensor dy = Squall.activation(backend, dys);
        return new Squall(
                () -> Map.of(
                        RESULT,
                        switch (pass) {
                            case FORWARD -> Conv2d.conv2d(x, w, null, c.geometry());
                            case BACKWARD_DATA -> {
                                Tensor dx = x.like();
                                backend.convolution()
                                        .backwardInput(dy.storage(), w.storage(), c.geometry(), dx.storage());
                                yield dx;
                            }
                            case BACKWARD_WEIGHT -> {
                                Tensor dw = w.like();
                                backend.convolution()
                                        .backwardWeight(x.storage(), dy.storage(), c.geometry(), dw.storage());
                                yield dw;
                            }
                        }),
                () -> {
                    x.close();
                    w.close();
                    dy.close();
                });
    }

    private static Contender convolution(
            Torch torch, Layout layout, Case c, Pass pass, Constant x, Constant w, Constant dy) {
        int pad = c.kernel / 2;
        String geometry = "[1, 1], [" + pad + ", " + pad + "], [1, 1], ";
        List<String> body = switch (pass) {
            case FORWARD -> List.of("return [torch.conv2d(x[0], x[1], None, " + geometry + "1)]");
            case BACKWARD_DATA -> backward(geometry, "True, False", "dx");
            case BACKWARD_WEIGHT -> backward(geometry, "False, True", "dw");
        };
        return TorchContender.operation(torch, layout, List.of(RESULT), body, x, w, dy);
    }

    private static List<String> backward(String geometry, String wanted, String result) {
        return List.of(
                "dx, dw, db = torch.convolution_backward(x[2], x[0], x[1], None, " + geometry + "False, [0, 0], 1, ["
                        + wanted + ", False])",
                "return [" + result + "]");
    }

    /**
     * With a weight packed once. The derivative by the images is the convolution with the weight transposed and turned around. 1x1
     * convolutions are fully connected layers of pixels, see {@link TorchLinear}.
     */
    private static Contender packed(Torch torch, Case c, Pass pass, Constant x, Constant w, Constant dy) {
        boolean forward = pass == Pass.FORWARD;
        Constant images = forward ? x : dy;
        int in = forward ? c.in : c.out;
        int out = forward ? c.out : c.in;
        String none = TorchLinear.UNARY_NONE;
        if (c.kernel == 1) {
            String matrix = "torch.reshape(x[1], [" + c.out + ", " + c.in + "])";
            String weight = forward ? matrix : "torch.contiguous(torch.t(" + matrix + "))";
            String product = "ops.mkldnn._linear_pointwise(" + pixels(0, in) + ", x[1], None, " + none + ")";
            String shape = "[" + BATCH + ", " + c.side + ", " + c.side + ", " + out + "]";
            return TorchContender.packed(
                    torch,
                    RESULT,
                    "ops.mkldnn._reorder_linear_weight(" + weight + ", " + BATCH * c.side * c.side + ")",
                    "torch.permute(torch.reshape(" + product + ", " + shape + "), [0, 3, 1, 2])",
                    images,
                    w);
        }
        String turned = "torch.clone(torch.flip(torch.transpose(x[1], 0, 1), [2, 3]), memory_format=2)";
        int pad = c.kernel / 2;
        String geometry = "[" + pad + ", " + pad + "], [1, 1], [1, 1], 1, ";
        String shape = "[" + BATCH + ", " + in + ", " + c.side + ", " + c.side + "]";
        return TorchContender.packed(
                torch,
                RESULT,
                "ops.mkldnn._reorder_convolution_weight(" + (forward ? "x[1]" : turned) + ", " + geometry + shape + ")",
                "ops.mkldnn._convolution_pointwise(x[0], x[1], None, " + geometry + none + ")",
                images,
                w);
    }

    /** The derivative by the weight of a 1x1 convolution of channels-last images as a product of matrices of pixels. */
    private static Contender productOfPixels(Torch torch, Case c, Constant x, Constant w, Constant dy) {
        String product = "torch.mm(torch.t(" + pixels(2, c.out) + "), " + pixels(0, c.in) + ")";
        return TorchContender.operation(
                torch,
                Layout.CHANNELS_LAST,
                List.of(RESULT),
                List.of("return [torch.reshape(" + product + ", [" + c.out + ", " + c.in + ", 1, 1])]"),
                x,
                w,
                dy);
    }

    /** The pixels of channels-last images as the rows of a matrix, which needs no copy. */
    private static String pixels(int argument, int channels) {
        return "torch.reshape(torch.permute(x[" + argument + "], [0, 2, 3, 1]), [-1, " + channels + "])";
    }
}
