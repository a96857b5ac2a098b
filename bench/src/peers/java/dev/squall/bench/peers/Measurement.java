package dev.squall.bench.peers;

import dev.squall.bench.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** Times the contenders of a row in turns, after comparing what they compute. */
final class Measurement {
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
        int[] passes = contenders.stream()
                .mapToInt(contender -> Sampling.warmUp(contender::run, warmUpSeconds))
                .toArray();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                int turn = (round + i) % contenders.size();
                timings.get(turn).seconds.addValue(Sampling.sample(contenders.get(turn)::run, passes[turn]));
            }
        }
        return timings;
    }
}
