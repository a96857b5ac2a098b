/**
 * Random operations on random shapes, forward and backward, on the JVM backend in both precisions against the reference: every block of memory between
 * pages that may not be touched, and filled with NaN. To cover another operation, add a line to {@link dev.squall.op.random.RandomOperations}.
 */
@NullMarked
package dev.squall.op.random;

import org.jspecify.annotations.NullMarked;
