/** What a run of {@code tresnet train} leaves for people and for other programs to look at: its page, TensorBoard's events, comparisons of runs. */
@NullMarked
package dev.squall.tresnet.run;

import org.jspecify.annotations.NullMarked;
