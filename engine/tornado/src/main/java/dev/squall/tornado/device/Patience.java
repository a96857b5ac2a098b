package dev.squall.tornado.device;

/**
 * How long to wait with a sequence of launches until it is compiled as one task graph. That takes up to some minutes, since TornadoVM compiles each of its tasks anew, and saves only what
 * launching costs: by the model of <code>bench/bin/gpu-model</code> an eighth of the time, more where kernels are small.
 */
enum Patience {
    /** Who asks for it gets it the third time. */
    NONE {
        @Override
        boolean ends(int times, long spent, long compiling) {
            return times >= TIMES;
        }
    },

    /**
     * Until as much time has gone into the sequence as will pay for the pause if it goes on for as long again. So short runs never wait, and no run takes an eighth longer than without: the
     * smaller batch at the end of an epoch, the evaluation after it, and shapes that seldom come again have no share in it.
     */
    UNTIL_IT_PAYS {
        @Override
        boolean ends(int times, long spent, long compiling) {
            return times >= TIMES && spent / SAVES_ONE_IN >= compiling;
        }
    };

    private static final int TIMES = 3;
    private static final int SAVES_ONE_IN = 8;

    /**
     * Whether it is to be compiled now.
     *
     * @param times how often the sequence has come, this time included
     * @param spent nanoseconds that it has taken
     * @param compiling nanoseconds that its compilation will take
     */
    abstract boolean ends(int times, long spent, long compiling);
}
