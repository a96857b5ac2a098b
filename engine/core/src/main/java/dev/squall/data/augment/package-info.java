/**
 * Random changes of training images; each is a {@link dev.squall.data.Transform}.
 */
@NullMarked
package dev.squall.data.augment;

import org.jspecify.annotations.NullMarked;
