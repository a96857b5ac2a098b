/**
 * Convolutions and their weight gradients as sums over taps, cut into register tiles; and what follows a convolution while its output is in cache.
 */
@NullMarked
package dev.squall.jvm.convolution;

import org.jspecify.annotations.NullMarked;
