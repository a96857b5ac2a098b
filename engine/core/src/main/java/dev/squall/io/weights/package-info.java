/**
 * The weights of a network out of any file that holds such: safetensors, whole or in shards, and the checkpoints of PyTorch. {@link
 * dev.squall.io.weights.WeightsFile} is the door.
 */
@NullMarked
package dev.squall.io.weights;

import org.jspecify.annotations.NullMarked;
