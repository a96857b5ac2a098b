/**
 * What a backend must be able to do, as a few narrow families of primitive operations, and how backends are found.
 *
 * <p>Rules for every primitive:
 *
 * <ul>
 *   <li>Operands are {@link dev.squall.tensor.Storage}s of this backend. Shapes and roles have been checked by the operation that calls.
 *   <li>An output is written completely; what it held before does not matter.
 *   <li>An output may be the same storage as an input only where the primitive says so.
 *   <li>A result depends only on the operands: never on the number of threads or on timing.
 *   <li>What a backend cannot do is an {@link java.lang.UnsupportedOperationException} that names it, never a detour.
 * </ul>
 *
 * {@code dev.squall.backend.reference} defines the meaning of each; {@code dev.squall.backend.meta} computes nothing and counts.
 */
@NullMarked
package dev.squall.backend;

import org.jspecify.annotations.NullMarked;
