package dev.squall.tensor;

/** The operation that produced a tensor, as far as tensors know of it; the autograd package implements it. */
public interface GradientNode {
    /** Forgets the operation and what it saved for its backward pass. Does nothing the second time. */
    void discard();
}
