/**
 * How tensors lie in the arena: images as {@code [N][H][W][C8]}, everything else row-major, and weights packed into panels beside their row-major
 * form.
 */
@NullMarked
package dev.squall.tornado.layout;

import org.jspecify.annotations.NullMarked;
