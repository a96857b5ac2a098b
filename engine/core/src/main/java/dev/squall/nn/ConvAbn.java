package dev.squall.nn;

import static dev.squall.op.AddRelu.addRelu;
import static dev.squall.op.AddRelu.addReluInPlace;
import static dev.squall.op.ConvAbn.convAbn;
import static dev.squall.op.ConvAbn.convAbnBlur;
import static dev.squall.op.ConvAbn.fold;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.tensor.Tensor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A convolution without bias, a norm and an activation, {@code [N, in, H, W]} to {@code [N, out, H', W']}; the children are called "0" (the
 * convolution) and "1" (the norm with its activation), unless other names are given.
 *
 * <p>In evaluation mode without gradients both are one convolution with folded weights, which are kept until a weight or a running
 * statistic changes, or training mode begins.
 */
public final class ConvAbn extends Module {
    private final Config config;
    private final Conv2d convolution;
    private final NormLayer norm;
    private @Nullable Folded folded;
    private int foldedVersion;

    /**
     * The settings of a convolution with its norm.
     *
     * @param in channels of the input
     * @param out channels of the output
     * @param geometry how the window moves
     * @param activation after the norm; for {@link NormKind#INPLACE} identity or leaky ReLU
     * @param norm the kind of norm
     */
    public record Config(int in, int out, ConvGeometry geometry, Activation activation, NormKind norm) {
        /** A square kernel with padding {@code kernel / 2}, an Inplace-ABN and no activation. */
        public static Config of(int in, int out, int kernel, int stride) {
            return new Config(
                    in, out, ConvGeometry.square(kernel, stride, kernel / 2), Activation.IDENTITY, NormKind.INPLACE);
        }

        public Config withActivation(Activation activation) {
            return new Config(in, out, geometry, activation, norm);
        }

        public Config withGroups(int groups) {
            return new Config(in, out, geometry.grouped(groups), activation, norm);
        }

        public Config withNorm(NormKind norm) {
            return new Config(in, out, geometry, activation, norm);
        }
    }

    /** With the given settings. */
    public ConvAbn(Backend backend, Config config) {
        this(backend, config, "0", "1");
    }

    /** With the given settings and names of the convolution and the norm. */
    public ConvAbn(Backend backend, Config config, String convolutionName, String normName) {
        this.config = config;
        convolution = child(convolutionName, new Conv2d(backend, config.in, config.out, config.geometry, false));
        norm = child(normName, NormLayer.of(backend, config.norm, NormLayer.Config.of(config.out, config.activation)));
    }

    /** As {@link NormLayer#zeroWeight}, for the last of a residual branch. */
    public ConvAbn zeroWeight() {
        norm.zeroWeight();
        return this;
    }

    /** The settings. */
    public Config config() {
        return config;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return fuses() ? convAbn(x, folded(), config.geometry, null, config.activation) : normalised(x);
    }

    private Tensor normalised(Tensor x) {
        if (!isTraining()) {
            return norm.forward(convolution.forward(x));
        }
        try (ChannelStatistics batch = ChannelStatistics.empty(norm.running())) {
            return norm.forward(convolution.forward(x, batch), batch);
        }
    }

    /**
     * The end of a residual block: {@code relu(forward(x) + residual)}, in evaluation mode still as one convolution.
     *
     * @param residual {@code [N, out, H', W']}
     * @throws IllegalStateException if this has an activation of its own
     */
    public Tensor forwardAddRelu(Tensor x, Tensor residual) {
        if (config.activation.kind() != Activation.Kind.IDENTITY) {
            throw new IllegalStateException(
                    "a residual can only be added where the norm has no activation, this one has "
                            + config.activation.kind());
        }
        return run(x, input -> {
            if (fuses()) {
                return convAbn(input, folded(), config.geometry, residual, Activation.RELU);
            }
            Tensor y = normalised(input);
            // An Inplace-ABN recovers its input from its output, which so must stay as it is; a batch norm has kept the
            // input.
            return config.norm == NormKind.INPLACE && Autograd.isRecording()
                    ? addRelu(y, residual)
                    : addReluInPlace(y, residual);
        });
    }

    /** {@code blurPool(forward(x))} as one pass, for one that {@link #fuses}. */
    Tensor forwardBlurred(Tensor x) {
        return run(x, input -> convAbnBlur(input, folded(), config.geometry, config.activation));
    }

    /** Whether it is one convolution with folded weights now. */
    boolean fuses() {
        return !isTraining() && !Autograd.isRecording();
    }

    private Folded folded() {
        // Versions only grow, so their sum changes when one of them does.
        int version = Stream.of(
                        convolution.weight(),
                        norm.weight(),
                        norm.bias(),
                        norm.running().mean(),
                        norm.running().variance())
                .mapToInt(tensor -> tensor.storage().version())
                .sum();
        Folded current = folded;
        if (current == null || version != foldedVersion) {
            dropCaches();
            current = fold(convolution.weight(), norm.weight(), norm.bias(), norm.running(), norm.norm());
            folded = current;
            foldedVersion = version;
        }
        return current;
    }

    @Override
    protected void dropCaches() {
        if (folded != null) {
            folded.close();
            folded = null;
        }
    }
}
