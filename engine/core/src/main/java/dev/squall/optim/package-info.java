/** Optimizers, learning-rate schedules, gradient clipping and averaged weights: what changes parameters between two steps. */
@NullMarked
package dev.squall.optim;

import org.jspecify.annotations.NullMarked;
