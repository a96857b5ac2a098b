package dev.squall.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** How those who take turns are warmed up and timed. */
public final class Sampling {
    private static final double SAMPLE_SECONDS = 0.1;
    private static final int LEAST_WARM_UPS = 3;
    /** Threads of whoever ran before may still be spinning; ONNX Runtime's do so for up to 50 ms. */
    private static final long PAUSE_MILLIS = 100;
    /** How much longer than asked for to warm up while Java code is still being compiled. */
    private static final int MOST_EXTENSIONS = 4;
    /** Share of a pass in which something may be compiled when it counts as warm. */
    private static final double COMPILING = 0.02;

    private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

    private Sampling() {}

    /**
     * Runs for so many seconds, and for up to {@value #MOST_EXTENSIONS} times as long while Java code is still being compiled meanwhile; returns how
     * many passes make a sample.
     */
    public static int warmUp(Runnable work, double seconds) {
        long start = System.nanoTime();
        DescriptiveStatistics last = new DescriptiveStatistics(LEAST_WARM_UPS);
        DescriptiveStatistics compiling = new DescriptiveStatistics(LEAST_WARM_UPS);
        double elapsed;
        do {
            long compiled = COMPILER.getTotalCompilationTime();
            last.addValue(secondsOfPass(work, 1));
            compiling.addValue((COMPILER.getTotalCompilationTime() - compiled) * 1e-3);
            elapsed = (System.nanoTime() - start) * 1e-9;
        } while (last.getN() < LEAST_WARM_UPS
                || elapsed < seconds
                || (elapsed < MOST_EXTENSIONS * seconds && compiling.getSum() > COMPILING * last.getSum()));
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
