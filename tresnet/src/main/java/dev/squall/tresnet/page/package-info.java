/** Pages for people: reports as one HTML file each, with tables and charts. Knows nothing of networks. */
@NullMarked
package dev.squall.tresnet.page;

import org.jspecify.annotations.NullMarked;
