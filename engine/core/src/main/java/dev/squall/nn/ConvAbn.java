package dev.squall.nn;

import static dev.squall.op.Add.add;
import static dev.squall.op.AddRelu.addRelu;
import static dev.squall.op.AddRelu.addReluInPlace;
import static dev.squall.op.ConvAbn.convAbn;
import static dev.squall.op.ConvAbn.convAbnBlur;
import static dev.squall.op.ConvAbn.convAbnInPlace;
import static dev.squall.op.ConvAbn.convAbnInTurn;
import static dev.squall.op.ConvAbn.convAbnScaled;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.op.ConvAbn.Layer;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A convolution without bias, a norm and an activation, {@code [N, in, H, W]} to {@code [N, out, H', W']}; the children are called "0" (the
 * convolution) and "1" (the norm with its activation), unless other names are given.
 *
 * <p>In evaluation mode, where no gradient is asked for, both are one convolution with folded weights, which are kept until a weight or a running
 * statistic changes, or training mode begins.
 */
public final class ConvAbn extends Module {
    private final Activation activation;
    private final ConvolutionLayer convolution;
    /** Null when it has been taken into the convolution. */
    private @Nullable NormLayer norm;

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
        this(
                new Conv2d(backend, config.in, config.out, config.geometry, false),
                NormLayer.of(backend, config.norm, NormLayer.Config.of(config.out, config.activation)),
                convolutionName,
                normName);
    }

    /** Of a convolution without bias and a norm, under these names. */
    public ConvAbn(ConvolutionLayer convolution, NormLayer norm, String convolutionName, String normName) {
        this.convolution = child(convolutionName, convolution);
        this.norm = child(normName, norm);
        activation = norm.config().activation();
    }

    /** As {@link NormLayer#zeroWeight}, for the last of a residual branch. */
    public ConvAbn zeroWeight() {
        if (norm != null) {
            norm.zeroWeight();
        }
        return this;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return fuses(x) ? convAbn(x, folded(), convolution.geometry(), null, activation) : normalised(x);
    }

    /**
     * Takes the norm of each such module below {@code network} into its convolution for good, by the running statistics, as inference does it
     * each time: what is left is a convolution with bias and the activation. In evaluation mode the network computes the same, to the bit where
     * its weights had been folded for inference; trained it would be as one without norms.
     */
    public static void foldNorms(Module network) {
        List<ConvAbn> all = new ArrayList<>();
        network.visit((name, module) -> {
            if (module instanceof ConvAbn convolution) {
                all.add(convolution);
            }
        });
        all.forEach(ConvAbn::foldNorm);
    }

    private void foldNorm() {
        if (norm != null) {
            convolution.absorb(norm);
            removeChild(norm);
            norm = null;
            dropCaches();
        }
    }

    private Tensor normalised(Tensor x) {
        if (norm == null) {
            return ActivationLayer.activateOwn(convolution.forward(x), activation);
        }
        if (!norm.isTraining()
                || !(convolution instanceof Conv2d single)
                || !Backend.of(x).convolution().gathersStatistics()) {
            return norm.forward(convolution.forward(x));
        }
        try (ChannelStatistics batch = norm.room()) {
            return norm.forward(single.forward(x, batch), batch);
        }
    }

    /**
     * The end of a residual block: {@code forward(x) + residual}, in evaluation mode without gradients still as one convolution.
     *
     * @param residual {@code [N, out, H', W']}
     * @throws IllegalStateException if this has an activation of its own
     */
    public Tensor forwardAdd(Tensor x, Tensor residual) {
        requireLinear();
        return run(
                x,
                input -> fuses(input, residual)
                        ? convAbn(input, folded(), convolution.geometry(), residual, Activation.IDENTITY)
                        : add(normalised(input), residual));
    }

    /** The same, and a ReLU of the sum. */
    public Tensor forwardAddRelu(Tensor x, Tensor residual) {
        return forwardAddRelu(x, residual, false);
    }

    /** The same, which may overwrite {@code residual}: as one convolution it does, since to write elsewhere takes more of the memory's time. */
    public Tensor forwardAddReluInPlace(Tensor x, Tensor residual) {
        return forwardAddRelu(x, residual, true);
    }

    private Tensor forwardAddRelu(Tensor x, Tensor residual, boolean inPlace) {
        requireLinear();
        return run(x, input -> {
            if (fuses(input, residual)) {
                return inPlace
                        ? convAbnInPlace(input, folded(), convolution.geometry(), residual, Activation.RELU)
                        : convAbn(input, folded(), convolution.geometry(), residual, Activation.RELU);
            }
            Tensor y = normalised(input);
            // An Inplace-ABN recovers its input from its output, which so must stay as it is; a batch norm has kept the
            // input.
            return norm instanceof InplaceAbn && Autograd.isRecording()
                    ? addRelu(y, residual)
                    : addReluInPlace(y, residual);
        });
    }

    private void requireLinear() {
        if (activation.kind() != Activation.Kind.IDENTITY) {
            throw new IllegalStateException(
                    "a residual can only be added where the norm has no activation, this one has " + activation.kind());
        }
    }

    /** {@code blurPool(forward(x))} as one pass, for one that {@link #fuses}. */
    Tensor forwardBlurred(Tensor x) {
        return run(x, input -> convAbnBlur(input, folded(), convolution.geometry(), activation));
    }

    /**
     * {@code second.forward(forward(x))}; in evaluation mode without gradients as one pass, in which what is between them need not go through memory.
     */
    public Tensor forwardThen(ConvAbn second, Tensor x) {
        if (fuses(x) && second.fuses(x)) {
            return run(x, input -> convAbnInTurn(input, layer(), second.layer()));
        }
        return Sequential.inTurn(List.of(this, second), x);
    }

    /**
     * {@code forward(excitation.forward(x))}, and {@code residual} added to it where there is one; may overwrite {@code x}. In evaluation mode without gradients
     * pixels are scaled just before the convolution reads them.
     *
     * @param residual {@code [N, out, H', W']}, not {@code x}, or null for none
     * @throws IllegalStateException if there is a residual, and this has an activation of its own
     */
    public Tensor forwardExcited(SqueezeExcitation excitation, Tensor x, @Nullable Tensor residual) {
        if (residual != null) {
            requireLinear();
        }
        if (fuses(x) && (residual == null || fuses(residual)) && !excitation.isRecorded(x)) {
            return run(
                    x,
                    input -> convAbnScaled(
                            input, excitation.gate(input), folded(), convolution.geometry(), residual, activation));
        }
        Tensor y = excitation.forwardInPlace(x);
        return residual == null ? forward(y) : forwardAdd(y, residual);
    }

    private Layer layer() {
        return new Layer(folded(), convolution.geometry(), activation);
    }

    /** Whether for these it is one convolution with folded weights now. */
    boolean fuses(Tensor... inputs) {
        return !isTraining() && !isRecorded(inputs);
    }

    private Folded folded() {
        // Versions only grow, so their sum changes when one of them does.
        int version = Stream.concat(convolution.weights().stream(), tensors(norm))
                .mapToInt(tensor -> tensor.storage().version())
                .sum();
        Folded current = folded;
        if (current == null || version != foldedVersion) {
            dropCaches();
            current = convolution.fold(norm);
            folded = current;
            foldedVersion = version;
        }
        return current;
    }

    private static Stream<Tensor> tensors(@Nullable NormLayer norm) {
        return norm == null
                ? Stream.of()
                : Stream.of(
                        norm.weight(),
                        norm.bias(),
                        norm.running().mean(),
                        norm.running().variance());
    }

    @Override
    protected void dropCaches() {
        if (folded != null) {
            folded.close();
            folded = null;
        }
    }
}
