/**
 * 1x1 convolutions of many channels in inference, with an eighth fewer multiplications: as products of matrices that are cut into quarters, of which
 * seven products are enough where the definition takes eight.
 */
@NullMarked
package dev.squall.jvm.strassen;

import org.jspecify.annotations.NullMarked;
