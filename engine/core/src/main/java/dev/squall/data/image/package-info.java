/**
 * Pictures: reading files of many formats, resizing, cutting out. Start at {@link dev.squall.data.image.ImageReader}.
 */
@NullMarked
package dev.squall.data.image;

import org.jspecify.annotations.NullMarked;
