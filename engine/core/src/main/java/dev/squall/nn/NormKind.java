package dev.squall.nn;

/** What follows a convolution. The parameters have the same names and shapes either way. */
public enum NormKind {
    /** Inplace-ABN: normalisation and activation overwrite the convolution's output; the scale is |weight| + epsilon. */
    INPLACE,
    /** Batch normalisation, which keeps its input for the backward pass, and then the activation; the scale is the weight. */
    BATCHNORM
}
