/**
 * The kernels: ordinary TornadoVM code, to be read and copied. All have the form
 *
 * <pre>{@code
 * public static void name(KernelContext context, VectorFloat8 x, VectorFloat8 memory, VectorFloat8 y, IntArray sizes, FloatArray settings)
 * }</pre>
 *
 * with {@code x} and {@code y} the arenas of activations and {@code memory} the one of parameters, seen as vectors of eight floats ({@code x.getArray()}
 * sees single ones); on a device with a single arena the kernel that runs has one array for all of them. {@code sizes} are the shapes and
 * offsets of this launch and {@code settings} its numbers, such as a learning rate. Because nothing that changes from launch to launch is a
 * constant of the code, each kernel is compiled once, whatever shapes follow. Offsets count vectors of eight floats unless said
 * otherwise.
 */
@NullMarked
package dev.squall.tornado.kernel;

import org.jspecify.annotations.NullMarked;
