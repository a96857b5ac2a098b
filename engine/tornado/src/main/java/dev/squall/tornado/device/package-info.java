/**
 * A device and its memory: arenas that never leave it, one execution plan that holds all kernels, and what goes wrong told in one sentence.
 * {@link dev.squall.tornado.device.Launcher} is what the rest of the backend sees of it.
 */
@NullMarked
package dev.squall.tornado.device;

import org.jspecify.annotations.NullMarked;
