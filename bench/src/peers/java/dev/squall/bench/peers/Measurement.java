package dev.squall.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** Times the contenders of a row in turns, after comparing what they compute. */
final class Measurement {
    private static final double SAMPLE_SECONDS = 0.1;
    /** A pass shorter than this begins with caches and threads as the contender before left them; one more goes before. */
    private static final double SHORT_SECONDS = 0.1;
    /** Threads of the contender before may still be spinning. */
    private static final long PAUSE_MILLIS = 30;

    private final int rounds;
    private final double warmUpSeconds;

    Measurement(int rounds, double warmUpSeconds) {
        this.rounds = rounds;
        this.warmUpSeconds = warmUpSeconds;
    }

    /**
     * One contender's seconds for a pass.
     *
     * @param error the largest relative error of its results against ours
     */
    record Timing(String contender, DescriptiveStatistics seconds, double error) {
        double median() {
            return seconds.getPercentile(50);
        }
    }

    /**
     * The timings of all contenders, in their order.
     *
     * @throws DisagreementException if one computes something else than the first
     */
    List<Timing> of(Row row, List<Contender> contenders) {
        List<Timing> timings = new ArrayList<>();
        contenders.forEach(Contender::run);
        Map<String, float[]> expected = contenders.getFirst().results();
        for (Contender contender : contenders) {
            double error = Agreement.error(expected, contender.results());
            if (!(error <= row.tolerance())) {
                throw new DisagreementException(row.name() + ": what " + contender.name() + " computes differs by "
                        + error + " from ours, more than the tolerance of " + row.tolerance());
            }
            timings.add(new Timing(contender.name(), new DescriptiveStatistics(), error));
        }
        int[] passes = contenders.stream().mapToInt(this::warmUp).toArray();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                int turn = (round + i) % contenders.size();
                timings.get(turn).seconds.addValue(sample(contenders.get(turn), passes[turn]));
            }
        }
        return timings;
    }

    /** Runs for the warm-up's time and returns the passes of a sample. */
    private int warmUp(Contender contender) {
        long start = System.nanoTime();
        DescriptiveStatistics last = new DescriptiveStatistics(5);
        do {
            long before = System.nanoTime();
            contender.run();
            last.addValue((System.nanoTime() - before) * 1e-9);
        } while ((System.nanoTime() - start) * 1e-9 < warmUpSeconds);
        return (int) Math.max(1, Math.ceil(SAMPLE_SECONDS / last.getPercentile(50)));
    }

    private static double sample(Contender contender, int passes) {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measurement was interrupted", e);
        }
        if (passes * SHORT_SECONDS > SAMPLE_SECONDS) {
            contender.run();
        }
        long start = System.nanoTime();
        for (int i = 0; i < passes; i++) {
            contender.run();
        }
        return (System.nanoTime() - start) * 1e-9 / passes;
    }
}
