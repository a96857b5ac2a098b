/** The command line: {@link dev.squall.tresnet.cli.Main} and one class per command. */
@NullMarked
package dev.squall.tresnet.cli;

import org.jspecify.annotations.NullMarked;
