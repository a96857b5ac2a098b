package dev.squall.backend;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
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

    /** Whether {@link #forward} gathers the statistics that an epilogue asks for as it writes; if not, a norm may as well do it. */
    default boolean gathersStatistics() {
        return true;
    }

    /**
     * y = {@link Pooling#blur} of what {@link #forward} writes. A backend that can blur pixels while they are in cache overrides this, which does one
     * after the other.
     *
     * @param epilogue before the blur, without residual and statistics
     * @param y {@code [N, K, ceil(H'/2), ceil(W'/2)]}, where H' and W' are at least 2
     */
    default void forwardBlurred(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Backend backend = (Backend) y.memory();
        Storage sharp = backend.allocate(geometry.output(x.shape(), w.shape()), Role.ACTIVATION);
        try {
            forward(x, w, geometry, epilogue, sharp);
            backend.pooling().blur(sharp, y);
        } finally {
            backend.free(sharp);
        }
    }

    /**
     * What {@link #forward} computes from some images.
     *
     * @param w {@code [K, C/groups, kernelH, kernelW]}, a parameter
     */
    record Layer(Storage w, ConvGeometry geometry, Epilogue epilogue) {
        /** The shape of what it makes of images of shape {@code x}. */
        public Shape output(Shape x) {
            return geometry.output(x, w.shape());
        }
    }

    /**
     * y = second(first(x)). A backend that can hand values to the second layer while they are in cache overrides this, which does one after the other.
     *
     * @param first without residual and statistics
     * @param second without residual and statistics
     * @param y of the shape that the second layer makes, not x
     */
    default void forwardInTurn(Storage x, Layer first, Layer second, Storage y) {
        Backend backend = (Backend) y.memory();
        Storage between = backend.allocate(first.output(x.shape()), Role.ACTIVATION);
        try {
            forward(x, first.w, first.geometry, first.epilogue, between);
            forward(between, second.w, second.geometry, second.epilogue, y);
        } finally {
            backend.free(between);
        }
    }

    /**
     * x = {@link Elementwise#multiplyChannels} of x and s, and y = {@link #forward} of that: squeeze-and-excitation and the convolution after it. A backend that
     * can scale pixels just before it reads them overrides this, which does one after the other.
     *
     * @param x overwritten
     * @param s {@code [N, C, 1, 1]}
     * @param epilogue without statistics
     */
    default void forwardScaled(Storage x, Storage s, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        ((Backend) y.memory()).elementwise().multiplyChannels(x, s, x);
        forward(x, w, geometry, epilogue, y);
    }

    /** dx = the derivative of sum(y * dy) by x: each dx[n, c, h, w] gathers from the outputs it contributed to; 0 where there are none. */
    void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx);

    /** dw = the derivative of sum(y * dy) by w. */
    void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw);
}
