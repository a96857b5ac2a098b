/**
 * The golden suite: every case that the {@code cases.json} of a directory lists, on every backend. The directory is the system property
 * {@code golden.dir}, by default the data beside these tests, which come from the original implementations in double precision.
 *
 * <p>The backends are those of {@link dev.squall.BackendsUnderTest}; a new kind of case is one row in {@link
 * dev.squall.golden.GoldenRunner}.
 */
@NullMarked
package dev.squall.golden;

import org.jspecify.annotations.NullMarked;
