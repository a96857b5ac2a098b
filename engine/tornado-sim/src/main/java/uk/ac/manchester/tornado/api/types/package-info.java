/** Stand-in for the TornadoVM package of this name, for compiling and testing only; see {@link dev.squall.tornado.sim}. */
@NullMarked
package uk.ac.manchester.tornado.api.types;

import org.jspecify.annotations.NullMarked;
