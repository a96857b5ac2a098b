/**
 * 1x1 convolutions of many channels, and products of large matrices, with an eighth fewer multiplications: matrices are cut into quarters, of whose sums
 * seven products are enough where the definition takes eight.
 */
@NullMarked
package dev.squall.jvm.strassen;

import org.jspecify.annotations.NullMarked;
