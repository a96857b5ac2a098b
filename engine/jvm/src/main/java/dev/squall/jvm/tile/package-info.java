/**
 * Register tiles, the innermost loops of products, which are bound by arithmetic. They are generated as byte code, one class for each tile size
 * that is used, because the compiler keeps a sum in a register only if it is a local variable of its own.
 */
@NullMarked
package dev.squall.jvm.tile;

import org.jspecify.annotations.NullMarked;
