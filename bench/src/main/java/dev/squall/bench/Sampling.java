package dev.squall.bench;

import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** How those who take turns are warmed up and timed. */
public final class Sampling {
    private static final double SAMPLE_SECONDS = 0.1;
    private static final int LEAST_WARM_UPS = 3;
    /** Threads of whoever ran before may still be spinning. */
    private static final long PAUSE_MILLIS = 30;

    private Sampling() {}

    /** Runs for so many seconds, and returns how many passes make a sample. */
    public static int warmUp(Runnable work, double seconds) {
        long start = System.nanoTime();
        DescriptiveStatistics last = new DescriptiveStatistics(LEAST_WARM_UPS);
        do {
            last.addValue(secondsOfPass(work, 1));
        } while (last.getN() < LEAST_WARM_UPS || (System.nanoTime() - start) * 1e-9 < seconds);
        return (int) Math.max(1, Math.ceil(SAMPLE_SECONDS / last.getPercentile(50)));
    }

    /** Seconds of one of {@code passes} passes; before several short ones goes one more, since caches are as others left them. */
    public static double sample(Runnable work, int passes) {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measurement was interrupted", e);
        }
        if (passes > 1) {
            work.run();
        }
        return secondsOfPass(work, passes);
    }

    private static double secondsOfPass(Runnable work, int passes) {
        long start = System.nanoTime();
        for (int i = 0; i < passes; i++) {
            work.run();
        }
        return (System.nanoTime() - start) * 1e-9 / passes;
    }
}
