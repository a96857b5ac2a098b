/**
 * Loops over spans, planes and windows: elementwise operations, sums, normalisation, pooling. Each is bound by memory, so it passes over it once.
 */
@NullMarked
package dev.squall.jvm.loop;

import org.jspecify.annotations.NullMarked;
