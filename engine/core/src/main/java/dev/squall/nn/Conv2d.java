package dev.squall.nn;

import static dev.squall.op.Conv2d.conv2d;
import static dev.squall.op.Conv2d.conv2dActivated;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolution, {@code [N, in, H, W]} to {@code [N, out, H', W']}. Parameters: {@code weight [out, in/groups, kernelH,
 * kernelW]} and, if there is one, {@code bias [out]}. Unless told otherwise both are drawn from U(-1/sqrt(fanIn), 1/sqrt(fanIn)) with
 * fanIn = in/groups * kernelH * kernelW, as in PyTorch.
 */
public final class Conv2d extends ConvolutionLayer {
    private final ConvGeometry geometry;
    private final Tensor weight;
    private @Nullable Tensor bias;

    /**
     * A convolution with PyTorch's first values.
     *
     * @throws IllegalArgumentException if the channels are not divisible into the geometry's groups
     */
    public Conv2d(Backend backend, int in, int out, ConvGeometry geometry, boolean bias) {
        this(backend, in, out, geometry, Init.standard(), bias ? Init.uniformFanIn(fanIn(in, geometry)) : null);
    }

    /**
     * A convolution whose first values are drawn in a given way.
     *
     * @param weightInit where the first weights come from
     * @param biasInit the same for the bias; null for a convolution without one
     * @throws IllegalArgumentException if the channels are not divisible into the geometry's groups
     */
    public Conv2d(Backend backend, int in, int out, ConvGeometry geometry, Init weightInit, @Nullable Init biasInit) {
        if (in % geometry.groups() != 0 || out % geometry.groups() != 0) {
            throw new IllegalArgumentException("a convolution of " + in + " to " + out
                    + " channels cannot be divided into " + geometry.groups() + " groups; choose a divisor of both");
        }
        this.geometry = geometry;
        Shape shape = Shape.of(out, in / geometry.groups(), geometry.kernelH(), geometry.kernelW());
        weight = parameter(backend, "weight", shape, weightInit);
        bias = biasInit == null ? null : parameter(backend, "bias", Shape.of(out), biasInit);
    }

    private static int fanIn(int in, ConvGeometry geometry) {
        return in / geometry.groups() * geometry.kernelH() * geometry.kernelW();
    }

    /** Lets {@link #initialise} draw the weights from {@code init} from now on. */
    public Conv2d weightsFrom(Init init) {
        setInit("weight", init);
        return this;
    }

    /** Lets {@link #initialise} begin with a bias of 0, if there is one. */
    public Conv2d biasFromZero() {
        if (bias != null) {
            setInit("bias", Init.constant(0));
        }
        return this;
    }

    /** {@code [out, in/groups, kernelH, kernelW]}. */
    public Tensor weight() {
        return weight;
    }

    /** How the window moves. */
    @Override
    public ConvGeometry geometry() {
        return geometry;
    }

    @Override
    List<Conv2d> parts() {
        return List.of(this);
    }

    @Override
    Folded fold(@Nullable NormLayer norm) {
        return norm == null
                ? new Folded(
                        Tensor.persistent(weight.storage()),
                        Tensor.persistent(requireBias().storage()))
                : fold(weight, norm);
    }

    /** Takes other weights, and a bias, which it gets if it has none. */
    void replace(Folded other) {
        weight.upload(other.weight().toArray());
        if (bias == null) {
            bias = parameter(Backend.of(weight), "bias", other.bias().shape(), Init.constant(0));
        }
        bias.upload(other.bias().toArray());
    }

    /** {@code [out]}, of one that has it. */
    Tensor requireBias() {
        return Objects.requireNonNull(bias, "a convolution without bias");
    }

    static Folded fold(Tensor weight, NormLayer norm) {
        return dev.squall.op.ConvAbn.fold(weight, norm.weight(), norm.bias(), norm.running(), norm.norm());
    }

    @Override
    protected Tensor compute(Tensor x) {
        return conv2d(x, weight, bias, geometry);
    }

    /** {@code f(forward(x))}, in one pass where the activation's derivative follows from its output. */
    Tensor forward(Tensor x, Activation activation) {
        return activation.differentiatesFromOutput()
                ? run(x, input -> conv2dActivated(input, weight, bias, geometry, activation))
                : ActivationLayer.activate(forward(x), activation);
    }

    /** As {@link #forward}, and fills {@code statistics} with those of the result, for a normalisation in training. */
    public Tensor forward(Tensor x, ChannelStatistics statistics) {
        return run(x, input -> conv2d(input, weight, bias, geometry, statistics));
    }
}
