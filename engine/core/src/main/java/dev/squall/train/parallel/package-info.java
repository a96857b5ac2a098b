/** What several workers that train one network need of each other, and nothing about how it is carried. */
@NullMarked
package dev.squall.train.parallel;

import org.jspecify.annotations.NullMarked;
