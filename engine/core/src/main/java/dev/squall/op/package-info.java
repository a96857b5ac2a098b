/** The operations: one file each, with its formula, checks, forward and backward rule together on one screen. */
@NullMarked
package dev.squall.op;

import org.jspecify.annotations.NullMarked;
