/**
 * Reads the checkpoints that PyTorch writes ({@code .pth}, {@code .pt}, {@code .bin}), and writes such. A checkpoint is a pickle, a little program that builds
 * Python objects; {@link dev.squall.io.torch.Unpickler} follows it without ever running anything, {@link dev.squall.io.torch.TorchFile} finds the
 * tensors' bytes in the two containers that PyTorch has used.
 */
@NullMarked
package dev.squall.io.torch;

import org.jspecify.annotations.NullMarked;
