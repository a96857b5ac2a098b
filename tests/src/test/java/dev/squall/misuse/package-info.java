/**
 * What a user's program may do wrong with the engine, and that each of it ends in an exception with a sentence: never in a crash of the JVM,
 * another tensor's change or a wrong result. To add a misuse, add a line to one of the lists.
 */
@NullMarked
package dev.squall.misuse;

import org.jspecify.annotations.NullMarked;
