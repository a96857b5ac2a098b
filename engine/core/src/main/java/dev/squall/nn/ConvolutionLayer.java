package dev.squall.nn;

import dev.squall.backend.ConvGeometry;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.tensor.Tensor;
import java.util.List;

/** A convolution in one or several parts that can be followed by a norm, and in inference takes that into its weights. */
public abstract sealed class ConvolutionLayer extends Module permits Conv2d, MixedConv2d {
    /** All of it as one convolution, as {@link #fold} makes it. */
    public abstract ConvGeometry geometry();

    /** The weights of its parts. */
    abstract List<Tensor> weights();

    /** One convolution with {@code norm} in it, by the norm's running statistics. */
    abstract Folded fold(NormLayer norm);
}
