/** Where a network looked when it decided: maps of an image's parts by their importance for a class, and how they are drawn. */
@NullMarked
package dev.squall.tresnet.explain;

import org.jspecify.annotations.NullMarked;
