/** Reverse-mode automatic differentiation: the tape is a topological sort and a loop. */
@NullMarked
package dev.squall.autograd;

import org.jspecify.annotations.NullMarked;
