package dev.squall.bench.peers;

import dev.squall.bench.Sampling;
import dev.squall.bench.peers.Agreement.Results;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** Times the contenders of a row in turns, after comparing what they compute. */
final class Measurement {
    /**
     * Of gradients: errors of the forward pass, magnified through a hundred norms. Signs of ReLUs near zero differ from engine to engine, so in double
     * precision images that are off by 1e-6 move gradients by 1.4e-2.
     */
    static final double GRADIENT_TOLERANCE = 5e-2;

    private final int rounds;
    private final double warmUpSeconds;

    Measurement(int rounds, double warmUpSeconds) {
        this.rounds = rounds;
        this.warmUpSeconds = warmUpSeconds;
    }

    /**
     * One contender's seconds for a pass.
     *
     * @param agreement of its results with the exact ones, or with ours
     */
    record Timing(String contender, DescriptiveStatistics seconds, Agreement agreement) {
        /** Whether its gradients are as near as they should be. If not, the row says so: what wrong signs of ReLUs cost is no other work. */
        boolean gradientsAgree() {
            return agreement.largestGradient() <= GRADIENT_TOLERANCE;
        }

        double median() {
            return seconds.getPercentile(50);
        }
    }

    /**
     * The timings of all contenders, in their order.
     *
     * @throws DisagreementException if the outputs of one are not those that are expected
     */
    List<Timing> of(PeerRow row, Engines engines, List<Contender> contenders) {
        List<Timing> timings = new ArrayList<>();
        contenders.forEach(Contender::run);
        Results expected = expected(row, engines, contenders.getFirst());
        for (Contender contender : contenders) {
            Agreement agreement = Agreement.of(expected, Results.of(contender));
            requireOutputs(row, contender, agreement.largestOutput());
            timings.add(new Timing(contender.name(), new DescriptiveStatistics(), agreement));
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

    private static Results expected(PeerRow row, Engines engines, Contender first) {
        if (row.exact() == null) {
            return Results.of(first);
        }
        try (Contender exact = row.exact().apply(engines)) {
            exact.run();
            return Results.of(exact);
        }
    }

    private static void requireOutputs(PeerRow row, Contender contender, double error) {
        if (!(error <= row.tolerance())) {
            throw new DisagreementException(row.name() + ": the outputs of " + contender.name() + " differ by " + error
                    + " from " + (row.exact() == null ? "ours" : "those in double precision")
                    + ", more than the tolerance of " + row.tolerance());
        }
    }
}
