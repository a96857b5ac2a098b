package dev.squall.bench.paper;

import dev.squall.bench.Sampling;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Times plans in turns: all are warmed up, then each runs once in every round, so that a neighbour who loads the machine for a while slows them all. What
 * each round gave is written at once.
 */
final class Measurement {
    private final Results results;
    private final Path directory;
    private final PrintStream progress;
    private final long started = System.nanoTime();

    Measurement(Results results, Path directory, PrintStream progress) {
        this.results = results;
        this.directory = directory;
        this.progress = progress;
    }

    Results results() {
        return results;
    }

    /** Times {@code plans}, which belong to the table called {@code table}, as often as the settings say; what earlier runs timed counts. */
    void time(String table, List<Plan> plans) {
        int rounds = results.settings().rounds();
        List<Plan> wanted = plans.stream()
                .filter(plan -> results.rounds(plan.key()) < rounds)
                .toList();
        if (wanted.isEmpty()) {
            return;
        }
        List<Plan.Work> works = new ArrayList<>();
        try {
            int[] passes = new int[wanted.size()];
            for (int i = 0; i < wanted.size(); i++) {
                say(table, "warming up " + wanted.get(i).key() + ", " + (i + 1) + " of " + wanted.size());
                works.add(wanted.get(i).prepare().get());
                passes[i] = Sampling.warmUp(works.get(i), results.settings().warmUpSeconds());
            }
            int first = wanted.stream()
                    .mapToInt(plan -> results.rounds(plan.key()))
                    .min()
                    .orElse(0);
            long start = System.nanoTime();
            for (int round = first; round < rounds; round++) {
                for (int i = 0; i < wanted.size(); i++) {
                    Plan plan = wanted.get(i);
                    if (results.rounds(plan.key()) <= round) {
                        results.add(plan.key(), plan.amount(), plan.unit(), Sampling.sample(works.get(i), passes[i]));
                    }
                }
                save();
                long perRound = (System.nanoTime() - start) / (round - first + 1);
                say(table, "round " + (round + 1) + " of " + rounds + ", " + left(perRound * (rounds - round - 1)));
            }
        } finally {
            works.forEach(Plan.Work::close);
        }
    }

    /** One line about what is being done, with the minutes since the start. */
    void say(String table, String what) {
        progress.printf(Locale.ROOT, "paper: %5.1f min  %s: %s%n", (System.nanoTime() - started) / 60e9, table, what);
    }

    /** Writes what there is. */
    void save() {
        try {
            results.save(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory.resolve(Results.FILE) + " cannot be written", e);
        }
    }

    private static String left(long nanos) {
        return nanos == 0 ? "done" : String.format(Locale.ROOT, "about %.1f min left for this table", nanos / 60e9);
    }
}
