package dev.squall.bench.paper;

/**
 * How to measure. A run can be continued only with the settings that it was begun with, since samples of different work do not belong together.
 *
 * @param backend its name
 * @param threads of the backend; 0 for one per processor
 * @param batch images in a batch
 * @param rounds how often each piece of work takes its turn
 * @param warmUpSeconds how long each runs before it is timed; up to four times as long while Java code is being compiled
 * @param refinementSide side in pixels of the images that refinements are compared on
 */
record PaperSettings(String backend, int threads, int batch, int rounds, double warmUpSeconds, int refinementSide) {}
