/**
 * The backend {@code reference}: the definition of every primitive, as plain loops over row-major arrays. Each result is computed in
 * double precision from the float operands and rounded once, so that other backends can be held against it.
 */
@NullMarked
package dev.squall.backend.reference;

import org.jspecify.annotations.NullMarked;
