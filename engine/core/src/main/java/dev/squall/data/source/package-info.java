/**
 * Data sets by the names under which a user asks for them. Start at {@link dev.squall.data.source.DataSources}.
 */
@NullMarked
package dev.squall.data.source;

import org.jspecify.annotations.NullMarked;
