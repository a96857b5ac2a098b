package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Tiles;

/**
 * How what a product sums over is cut into parts, so that a result of few tiles occupies the whole of a GPU. It depends on the shapes and on the device's number
 * of processors, and on nothing else, so that sums are made in the same order every time.
 *
 * <p>Parts are worth it if the device is done in half of the time, by an estimate whose unit is a round of {@link Tiles#DEPTH} steps of one tile of
 * {@link Tiles#ROWS} x {@link Tiles#COLUMNS}:
 *
 * <pre>
 *   tiles of the busiest processor * (rounds of a part + {@value #ONCE}) * what a round takes   +   what the parts take to be written and read   +   a launch to add them up
 * </pre>
 *
 * A round takes about 0.65 us on an H200, as {@code bench/bin/gpu-model} computes it. Other GPUs differ, but in the same direction: who has fewer processors, or slower ones, has less
 * reason to cut. That half of the time must be saved and not a little of it keeps launches few: on a busy host, one takes several times as long.
 *
 * @param parts how many
 * @param steps rounds that each takes, the last one perhaps fewer
 * @param cost the estimate
 */
public record Split(int parts, int steps, double cost) {
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

    /** For a result of {@code vectors} vectors in {@code tiles} tiles, each the sum of {@code rounds} rounds that take {@code round} each. */
    public static Split of(Launcher launcher, int tiles, int rounds, double round, int vectors) {
        Estimate estimate = new Estimate(processors(launcher), tiles, round, vectors, LAUNCH);
        Split whole = new Split(1, rounds, estimate.tiles(1, rounds));
        return estimate.best(whole, WORTH * whole.cost, Math.max(1, MOST_VECTORS / vectors));
    }

    /** For partial sums that are written and added up even if there is only one part, at most {@code most} parts. */
    public static Split ofPartialSums(Launcher launcher, int tiles, int rounds, double round, int vectors, int most) {
        Estimate estimate = new Estimate(processors(launcher), tiles, round, vectors, 0);
        Split whole = new Split(1, rounds, estimate.of(1, rounds));
        return estimate.best(whole, whole.cost, most);
    }

    private static int processors(Launcher launcher) {
        return Integer.getInteger(
                PROCESSORS, launcher.device().description().getPhysicalDevice().getDeviceMaxComputeUnits());
    }

    /** What one result costs, however it is cut. */
    private record Estimate(int processors, int tiles, double round, int vectors, int launch) {
        /** What costs less than {@code limit}, and least; or else the whole. */
        Split best(Split whole, double limit, int most) {
            Split best = whole;
            double least = limit;
            for (int parts = 2; parts <= Math.min(whole.steps, most); parts++) {
                int steps = Math.ceilDiv(whole.steps, parts);
                int needed = Math.ceilDiv(whole.steps, steps);
                double cost = of(needed, steps);
                if (cost < least) {
                    best = new Split(needed, steps, cost);
                    least = cost;
                }
            }
            return best;
        }

        double of(int parts, int steps) {
            return tiles(parts, steps) + (double) parts * vectors / VECTORS_OF_ROUND + launch;
        }

        /** The tiles alone. */
        double tiles(int parts, int steps) {
            double busiest = Math.ceilDiv((long) tiles * parts, processors);
            return busiest * (steps + ONCE) * round;
        }
    }

    public boolean isWhole() {
        return parts == 1;
    }
}
