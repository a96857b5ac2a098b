/**
 * Layers and the tree of modules that a network is. The layers bear the names that their operations have; a layer holds parameters and
 * settings and calls the operation, which has the formula.
 */
@NullMarked
package dev.squall.nn;

import org.jspecify.annotations.NullMarked;
