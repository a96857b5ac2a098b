package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Two-dimensional convolution (cross-correlation, as in every deep-learning library) and its derivatives; {@link ConvGeometry} has the formula. */
public interface Convolution {
    /**
     * y = epilogue(x * w), and the statistics that the epilogue asks for.
     *
     * @param x {@code [N, C, H, W]}
     * @param w {@code [K, C/groups, kernelH, kernelW]}, a parameter
     * @param y {@code [N, K, H', W']}, not x
     */
    void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y);

    /** dx = the derivative of sum(y * dy) by x: each dx[n, c, h, w] gathers from the outputs it contributed to; 0 where there are none. */
    void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx);

    /** dw = the derivative of sum(y * dy) by w. */
    void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw);
}
