/**
 * Where the elements of a tensor lie: images in blocks of 16 channels with a halo of zeros, everything else row-major; and the parts that loops take of them.
 */
@NullMarked
package dev.squall.jvm.layout;

import org.jspecify.annotations.NullMarked;
