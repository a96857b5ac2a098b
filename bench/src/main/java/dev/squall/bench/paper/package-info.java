/**
 * The paper in one command: its tables and claims, measured on the machine at hand and written as a report. {@link
 * dev.squall.bench.paper.Paper} is the command, each {@link dev.squall.bench.paper.Experiment} one table, {@link
 * dev.squall.bench.paper.Results} what they measured, and {@link dev.squall.bench.paper.PaperReport} the pages.
 */
@NullMarked
package dev.squall.bench.paper;

import org.jspecify.annotations.NullMarked;
