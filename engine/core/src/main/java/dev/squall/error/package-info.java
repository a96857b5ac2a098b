/**
 * What goes wrong through no fault of the program. It lies below everything else, so that every package can report bad input in the same
 * way.
 */
@NullMarked
package dev.squall.error;

import org.jspecify.annotations.NullMarked;
