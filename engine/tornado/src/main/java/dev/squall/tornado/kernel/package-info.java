/**
 * The kernels: ordinary TornadoVM code, to be read and copied. All have the form
 *
 * <pre>{@code
 * public static void name(KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings)
 * }</pre>
 *
 * with {@code memory} the device's arena, seen as vectors of eight floats ({@code memory.getArray()} sees single ones), {@code sizes} the shapes and
 * offsets of this launch and {@code settings} its numbers, such as a learning rate. Because nothing that changes from launch to launch is a
 * constant of the code, each kernel is compiled once, whatever shapes follow. Offsets count vectors of eight floats unless said
 * otherwise.
 */
@NullMarked
package dev.squall.tornado.kernel;

import org.jspecify.annotations.NullMarked;
