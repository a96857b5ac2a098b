/**
 * The TResNet family (Ridnik et al., "TResNet: High Performance GPU-Dedicated Architecture", arXiv:2003.13630) and the names under which
 * networks are found.
 *
 * <p>{@link dev.squall.tresnet.TResNetConfig} describes one member of the family, {@link dev.squall.tresnet.TResNet} builds it on any backend,
 * {@link dev.squall.tresnet.Networks} knows the presets, and {@link dev.squall.tresnet.Weights} reads checkpoints under official names and timm's.
 * The networks that the paper compares with stand beside it in the same way: {@link dev.squall.tresnet.ResNetConfig} and {@link
 * dev.squall.tresnet.EfficientNetConfig}. {@link dev.squall.tresnet.Classifier} is a trained network for pictures.
 */
@NullMarked
package dev.squall.tresnet;

import org.jspecify.annotations.NullMarked;
