/**
 * What every kernel runs on: threads that share loops, memory outside of the heap, and vectors at absolute addresses. It knows nothing of tensors.
 */
@NullMarked
package dev.squall.jvm.runtime;

import org.jspecify.annotations.NullMarked;
