/** Training and evaluation of any module that classifies images, and the files that a run leaves behind. */
@NullMarked
package dev.squall.train;

import org.jspecify.annotations.NullMarked;
