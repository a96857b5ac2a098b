package dev.squall.bench.peers;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.Operations.Gate;
import dev.squall.bench.peers.Operations.Layer;
import dev.squall.bench.peers.Operations.Mixed;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tresnet.EfficientNetConfig;
import dev.squall.tresnet.MobileBlock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** The networks of depthwise convolutions. */
record MobileGraph(EfficientNetConfig config) implements Graph {
    private static final ConvGeometry POINTWISE = ConvGeometry.square(1, 1, 0);

    @Override
    public <T> T apply(Operations<T> ops, T x) {
        T y = ops.convolution(x, new Layer("conv_stem", "bn1", ConvGeometry.square(3, 2, 1), config.stemActivation()));
        int channels = config.stemChannels();
        int stages = config.stages().size();
        for (int s = 0; s < stages; s++) {
            int b = 0;
            for (MobileBlock row : config.stages().get(s)) {
                for (MobileBlock block : row.each()) {
                    y = block(ops, y, "blocks." + s + "." + b++, block, channels);
                    channels = block.channels();
                }
            }
        }
        if (config.lastStage() == 0) {
            y = ops.convolution(y, new Layer("conv_head", "bn2", POINTWISE, config.headActivation()));
            return ops.linear(ops.globalAverage(y), "classifier");
        }
        String last = "blocks." + stages + ".0";
        y = ops.convolution(y, new Layer(last + ".conv", last + ".bn1", POINTWISE, config.headActivation()));
        return ops.linear(ops.pointwise(ops.globalAverage(y), "conv_head", config.headActivation()), "classifier");
    }

    private static <T> T block(Operations<T> ops, T x, String name, MobileBlock block, int in) {
        boolean expands = block.expansion() > 0;
        int width = block.width(in);
        Activation f = block.activation();
        int norm = 1;
        T y = x;
        if (expands) {
            y = pointwise(ops, y, name + ".conv_pw", name + ".bn" + norm++, f, block.expansionParts(), in);
        }
        y = depthwise(ops, y, name + ".conv_dw", name + ".bn" + norm++, block, width);
        MobileBlock.Excitation unit = block.excitation();
        if (unit != null) {
            SqueezeExcitation.Config se = unit.of(in, width);
            y = ops.squeezeExcitation(
                    y, new Gate(name + ".se." + se.first(), name + ".se." + se.second(), se.activation(), se.gate()));
        }
        String last = name + (expands ? ".conv_pwl" : ".conv_pw");
        y = pointwise(ops, y, last, name + ".bn" + norm, Activation.IDENTITY, block.projectionParts(), width);
        return block.stride() == 1 && in == block.channels() ? ops.add(y, x) : y;
    }

    private static <T> T pointwise(Operations<T> ops, T x, String name, String norm, Activation f, int parts, int in) {
        return parts == 1
                ? ops.convolution(x, new Layer(name, norm, POINTWISE, f))
                : ops.mixed(x, new Mixed(name, norm, Collections.nCopies(parts, POINTWISE), divided(in, parts), f));
    }

    private static <T> T depthwise(Operations<T> ops, T x, String name, String norm, MobileBlock block, int channels) {
        List<Integer> kernels = block.kernels();
        List<Integer> sizes = divided(channels, kernels.size());
        List<ConvGeometry> geometries = IntStream.range(0, kernels.size())
                .mapToObj(k -> ConvGeometry.square(kernels.get(k), block.stride(), kernels.get(k) / 2)
                        .grouped(sizes.get(k)))
                .toList();
        return kernels.size() == 1
                ? ops.convolution(x, new Layer(name, norm, geometries.getFirst(), block.activation()))
                : ops.mixed(x, new Mixed(name, norm, geometries, sizes, block.activation()));
    }

    /** The first part takes what remains. */
    private static List<Integer> divided(int channels, int parts) {
        List<Integer> sizes = new ArrayList<>(Collections.nCopies(parts, channels / parts));
        sizes.set(0, channels / parts + channels % parts);
        return sizes;
    }
}
