package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Tiles;

/**
 * How what a product sums over is cut into parts, so that a result of few tiles occupies the whole of a GPU. It depends on the shapes and on the device's number
 * of processors, and on nothing else, so that sums are made in the same order every time.
 *
 * <p>Parts are worth it if the device is done in half of the time, by an estimate whose unit is a round of {@link Tiles#DEPTH} steps of one tile:
 *
 * <pre>
 *   tiles of the busiest processor * (rounds of a part + {@value #ONCE})   +   what the parts take to be written and read   +   a launch to add them up
 * </pre>
 *
 * A round takes about 0.65 us on an H200, as {@code bench/bin/gpu-model} computes it. Other GPUs differ, but in the same direction: who has fewer processors, or slower ones, has less
 * reason to cut. That half of the time must be saved and not a little of it keeps launches few: on a busy host, one takes several times as long.
 *
 * @param parts how many
 * @param steps rounds that each takes, the last one perhaps fewer
 */
public record Split(int parts, int steps) {
    /** A system property: as if the device had so many processors. Tests set it, so that small products are cut, too. */
    public static final String PROCESSORS = "squall.tornado.processors";

    /** Rounds that a tile takes to begin and to write its result. */
    private static final int ONCE = 2;

    /** Rounds in which the device writes and reads as many vectors. */
    private static final int VECTORS_OF_ROUND = 1 << 15;

    /** Rounds that another launch costs: 19 us. */
    private static final int LAUNCH = 29;

    /** Which part of the time of a whole sum one in parts may take. */
    private static final double WORTH = 0.5;

    /** The most vectors that all parts together may take. */
    private static final int MOST_VECTORS = 1 << 21;

    /** For a result of {@code vectors} vectors in {@code tiles} tiles, each the sum of {@code rounds} rounds. */
    public static Split of(Launcher launcher, int tiles, int rounds, int vectors) {
        Split whole = new Split(1, rounds);
        int processors = processors(launcher);
        double worth = WORTH * whole.cost(processors, tiles, 0, 0);
        return best(whole, worth, processors, tiles, vectors, Math.max(1, MOST_VECTORS / vectors), LAUNCH);
    }

    /** For partial sums that are written and added up even if there is only one part, at most {@code most} parts. */
    public static Split ofPartialSums(Launcher launcher, int tiles, int rounds, int vectors, int most) {
        Split whole = new Split(1, rounds);
        int processors = processors(launcher);
        return best(whole, whole.cost(processors, tiles, vectors, 0), processors, tiles, vectors, most, 0);
    }

    private static int processors(Launcher launcher) {
        return Integer.getInteger(
                PROCESSORS, launcher.device().description().getPhysicalDevice().getDeviceMaxComputeUnits());
    }

    /** What costs less than {@code limit}, and least; or else the whole. */
    private static Split best(Split whole, double limit, int processors, int tiles, int vectors, int most, int launch) {
        Split best = whole;
        double least = limit;
        for (int parts = 2; parts <= Math.min(whole.steps, most); parts++) {
            int steps = Math.ceilDiv(whole.steps, parts);
            Split split = new Split(Math.ceilDiv(whole.steps, steps), steps);
            double cost = split.cost(processors, tiles, vectors, launch);
            if (cost < least) {
                best = split;
                least = cost;
            }
        }
        return best;
    }

    private double cost(int processors, int tiles, int vectors, int launch) {
        double busiest = Math.ceilDiv((long) tiles * parts, processors);
        return busiest * (steps + ONCE) + (double) parts * vectors / VECTORS_OF_ROUND + launch;
    }

    public boolean isWhole() {
        return parts == 1;
    }
}
