/** The kernels to be read: their Java, cut out of the sources that are packaged beside the classes, and what TornadoVM makes of it. */
@NullMarked
package dev.squall.tornado.listing;

import org.jspecify.annotations.NullMarked;
