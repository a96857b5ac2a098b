/**
 * Random operations on random shapes, forward and backward, against the reference: on the JVM backend in both precisions, with every block of memory
 * between pages that may not be touched, and filled with NaN; and on the TornadoVM backend in the simulator, with the kernels for processors and those
 * for GPUs. Some run in every build; {@code -Dtest=RandomOperationTest -Dfuzz.inputs=20000} tries more. To cover another operation, add a line to
 * {@link dev.squall.op.random.GeneralOperations} or {@link dev.squall.op.random.RandomOperations}.
 */
@NullMarked
package dev.squall.op.random;

import org.jspecify.annotations.NullMarked;
