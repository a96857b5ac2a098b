/**
 * What can be said of the kernels' speed on a GPU without one: a table of what NVIDIA's assembler makes of them, which tests write and compare, and a
 * model that computes times from it.
 */
@NullMarked
package dev.squall.bench.gpu;

import org.jspecify.annotations.NullMarked;
