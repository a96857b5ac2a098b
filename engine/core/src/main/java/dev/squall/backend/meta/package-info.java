/**
 * The backend {@code meta}: allocates and computes nothing, and counts. Any model runs on it on shapes alone and yields its multiply-adds,
 * the bytes its primitives read and write, its peak memory, and so the largest batch that fits a device.
 */
@NullMarked
package dev.squall.backend.meta;

import org.jspecify.annotations.NullMarked;
