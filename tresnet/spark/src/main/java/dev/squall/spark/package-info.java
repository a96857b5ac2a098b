/** Training on the workers of an Apache Spark cluster: Spark places them, starts them again and tells them where the others are. */
@NullMarked
package dev.squall.spark;

import org.jspecify.annotations.NullMarked;
