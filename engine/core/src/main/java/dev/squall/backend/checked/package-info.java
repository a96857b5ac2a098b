/**
 * The door of every backend. Kernels believe what they are told: a wrong shape or freed memory would make them crash the JVM or change another
 * tensor. So each family of primitives stands behind a class that checks the operands of each call once, for all backends, before any kernel
 * runs: that they belong to this backend and are not freed, that nobody needs what an output held, that shapes and roles are those that the
 * primitive's interface asks for, and that an output is an input only where the interface allows it. A check costs some nanoseconds.
 *
 * <p>A new family takes an interface in {@code dev.squall.backend}, one component of {@link dev.squall.backend.checked.Families}, one method in
 * {@link dev.squall.backend.checked.CheckedBackend} and one class here. Calls inside a backend may pass by the door.
 */
@NullMarked
package dev.squall.backend.checked;

import org.jspecify.annotations.NullMarked;
