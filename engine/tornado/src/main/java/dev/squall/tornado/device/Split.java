package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Tiles;

/**
 * How what a product sums over is cut into parts, so that a result of few tiles occupies the whole of a GPU. It depends on the shapes and on the device's number
 * of processors, and on nothing else, so that sums are made in the same order every time.
 *
 * @param parts how many
 * @param steps of {@link Tiles#DEPTH} that each takes, the last one perhaps fewer
 */
public record Split(int parts, int steps) {
    /** A system property: as if the device had so many processors. Tests set it, so that small products are cut, too. */
    public static final String PROCESSORS = "squall.tornado.processors";

    /** Groups that a processor of a GPU shall have, so that one computes while another waits. */
    private static final int GROUPS_OF_PROCESSOR = 2;

    /** Steps that are worth writing a tile and reading it again. */
    private static final int STEPS_WORTH = 8;

    /** The most vectors that all parts together may take. */
    private static final int MOST_VECTORS = 1 << 21;

    /** For a result of {@code vectors} vectors in {@code tiles} tiles, each the sum of {@code steps} steps. */
    public static Split of(Launcher launcher, int tiles, int steps, int vectors) {
        int processors = Integer.getInteger(
                PROCESSORS, launcher.device().description().getPhysicalDevice().getDeviceMaxComputeUnits());
        // Adding up the parts is a launch more, which is worth it if otherwise half of the device would have nothing to
        // do.
        int wanted = tiles * 2 > processors ? 1 : processors * GROUPS_OF_PROCESSOR / tiles;
        int most = Math.max(1, Math.min(steps / STEPS_WORTH, MOST_VECTORS / vectors));
        int stepsOfPart = Math.ceilDiv(steps, Math.clamp(wanted, 1, most));
        return new Split(Math.ceilDiv(steps, stepsOfPart), stepsOfPart);
    }

    public boolean isWhole() {
        return parts == 1;
    }
}
