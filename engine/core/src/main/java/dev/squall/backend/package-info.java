/**
 * What a backend must be able to do, as a few narrow families of primitive operations, and how backends are found.
 *
 * <p>Rules for every primitive:
 *
 * <ul>
 *   <li>Operands are {@link dev.squall.tensor.Storage}s of this backend. {@code dev.squall.backend.checked} checks shapes, roles and all else that
 *       is said here, for every backend.
 *   <li>An output is written completely; what it held before does not matter.
 *   <li>An output may be the same storage as an input only where the primitive says so.
 *   <li>A result depends only on the operands: never on the number of threads or on timing. From one machine or backend to another the last
 *       bits differ, because a sum has as many parts as a vector of the processor has elements.
 *   <li>One thread at a time computes on a backend, and on the tensors and networks that lie in it; see {@link dev.squall.backend.Backend}.
 *   <li>What a backend cannot do is an {@link java.lang.UnsupportedOperationException} that names it, never a detour.
 * </ul>
 *
 * {@code dev.squall.backend.reference} defines the meaning of each; {@code dev.squall.backend.meta} computes nothing and counts.
 */
@NullMarked
package dev.squall.backend;

import org.jspecify.annotations.NullMarked;
