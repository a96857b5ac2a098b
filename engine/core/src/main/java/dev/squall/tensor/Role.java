package dev.squall.tensor;

/**
 * What a tensor is for, which is all that a backend needs to know to choose its physical layout. Only rank-4 activations may have a
 * layout of the backend's own (channel-blocked, channels-last, padded); everything else is row-major without gaps.
 */
public enum Role {
    /** Flows through the network: images, feature maps, logits, and their gradients. */
    ACTIVATION,
    /** Is learned: weights, biases, running statistics, and their gradients and optimizer state. Always row-major. */
    PARAMETER
}
