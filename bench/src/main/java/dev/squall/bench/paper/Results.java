package dev.squall.bench.paper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was measured, as {@code results.json} holds it. The file is written anew after each round, so an interrupted run keeps what it has.
 *
 * @param format of the file
 * @param machine where
 * @param settings with which options
 * @param started when, as ISO 8601
 * @param timings by key, such as {@code networks/resnet50/inference}
 * @param figures what was counted and not timed, by key, such as {@code networks/resnet50/multiplyAdds}
 * @param accuracies top-1 by seed, by key, such as {@code accuracy/blur}
 */
record Results(
        int format,
        Machine machine,
        PaperSettings settings,
        String started,
        Map<String, Timing> timings,
        Map<String, Double> figures,
        Map<String, List<Double>> accuracies) {
    static final int FORMAT = 1;
    static final String FILE = "results.json";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /**
     * Repeated passes of one piece of work.
     *
     * @param amount of {@code unit} in a pass
     * @param unit what is counted, such as images or GB
     * @param seconds of a pass, by rounds
     */
    record Timing(double amount, String unit, List<Double> seconds) {
        double[] samples() {
            return seconds.stream().mapToDouble(Double::doubleValue).toArray();
        }

        /** So many units a second. */
        Statistics.Estimate rate() {
            return Statistics.medianWithInterval(samples()).per(amount);
        }
    }

    /** Nothing measured yet. */
    static Results empty(Machine machine, PaperSettings settings, String started) {
        return new Results(FORMAT, machine, settings, started, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    }

    /** How often {@code key} has been timed. */
    int rounds(String key) {
        Timing timing = timings.get(key);
        return timing == null ? 0 : timing.seconds.size();
    }

    /** Adds one more sample. */
    void add(String key, double amount, String unit, double seconds) {
        timings.computeIfAbsent(key, _ -> new Timing(amount, unit, new ArrayList<>()))
                .seconds
                .add(seconds);
    }

    /** The times of {@code key}, which {@link #has} been timed. */
    Timing timing(String key) {
        return Objects.requireNonNull(timings.get(key), key);
    }

    /** Whether all {@code keys} were timed. */
    boolean has(String... keys) {
        return List.of(keys).stream().allMatch(key -> rounds(key) > 0);
    }

    /** Replaces the file in {@code directory}; a reader sees the old one or the new one, whole. */
    void save(Path directory) throws IOException {
        Path target = directory.resolve(FILE);
        Path temporary = directory.resolve(FILE + ".new");
        Files.writeString(temporary, JSON.writeValueAsString(this) + "\n");
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * What {@code file} holds.
     *
     * @throws IOException if it cannot be read or is not such a file; names it
     */
    static Results load(Path file) throws IOException {
        try {
            Results results = JSON.readValue(Files.readString(file), Results.class);
            if (results == null || results.format != FORMAT || results.timings == null || results.machine == null) {
                throw new IOException(file + " holds no results of this program's format " + FORMAT);
            }
            return results;
        } catch (JacksonException e) {
            throw new IOException(file + " is no file of results: " + e.getOriginalMessage(), e);
        }
    }
}
