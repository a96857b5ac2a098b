/** Tensors, shapes and the scopes that free them. */
@NullMarked
package dev.squall.tensor;

import org.jspecify.annotations.NullMarked;
