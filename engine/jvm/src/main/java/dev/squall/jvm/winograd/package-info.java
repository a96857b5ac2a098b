/**
 * 3x3 convolutions with stride 1, forward and both gradients, with fewer multiplications: tiles of pixels and kernels are transformed, multiplied and
 * transformed back.
 */
@NullMarked
package dev.squall.jvm.winograd;

import org.jspecify.annotations.NullMarked;
