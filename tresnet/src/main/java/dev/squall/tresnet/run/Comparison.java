package dev.squall.tresnet.run;

import dev.squall.train.RunSummary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several runs beside each other.
 *
 * @param runs each with what it has predicted, if that is known
 * @param tests of each pair that was measured on the same images
 */
public record Comparison(List<Candidate> runs, List<Pair> tests) {
    /**
     * One of the runs.
     *
     * @param name what the user calls it
     */
    public record Candidate(String name, Run run, @Nullable List<Prediction> predictions) {}

    /**
     * Two runs on one test set.
     *
     * @param p that of the test, corrected after Holm (1979) for the number of tests
     * @param verdict what that means, in a sentence
     */
    public record Pair(String first, String second, McNemar test, double p, String verdict) {}

    /** Of at least two runs with different names. */
    public static Comparison of(List<Candidate> runs) {
        record Tested(String first, String second, McNemar test) {}
        List<Tested> tests = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            for (int k = i + 1; k < runs.size(); k++) {
                List<Prediction> first = runs.get(i).predictions;
                List<Prediction> second = runs.get(k).predictions;
                if (first != null && second != null && McNemar.isSameTestSet(first, second)) {
                    tests.add(new Tested(runs.get(i).name, runs.get(k).name, McNemar.of(first, second)));
                }
            }
        }
        tests.sort(Comparator.comparingDouble(tested -> tested.test.p()));
        List<Pair> pairs = new ArrayList<>();
        double atLeast = 0;
        for (int i = 0; i < tests.size(); i++) {
            Tested each = tests.get(i);
            atLeast = Math.max(atLeast, Math.min(1, each.test.p() * (tests.size() - i)));
            pairs.add(new Pair(
                    each.first, each.second, each.test, atLeast, each.test.verdict(each.first, each.second, atLeast)));
        }
        return new Comparison(List.copyOf(runs), List.copyOf(pairs));
    }

    /** The settings in which the runs differ: for each, its value in each run, and nothing where a run does not know it. */
    public Map<String, List<String>> differences() {
        Map<String, List<String>> differences = new LinkedHashMap<>();
        List<Map<String, String>> settings =
                runs.stream().map(each -> settings(each.run)).toList();
        Stream<String> names = settings.stream().flatMap(each -> each.keySet().stream());
        for (String name : new TreeSet<>(names.toList())) {
            List<String> values =
                    settings.stream().map(each -> each.getOrDefault(name, "")).toList();
            if (values.stream().distinct().count() > 1) {
                differences.put(name, values);
            }
        }
        return differences;
    }

    private static Map<String, String> settings(Run run) {
        Map<String, String> settings = new LinkedHashMap<>(run.settings());
        settings.put("backend", run.summary().backend());
        return settings;
    }

    /** For programs. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        Map<String, RunSummary> summaries = new LinkedHashMap<>();
        runs.forEach(each -> summaries.put(each.name, each.run.summary()));
        map.put("runs", summaries);
        Map<String, Map<String, String>> settings = new LinkedHashMap<>();
        differences().forEach((name, values) -> settings.put(name, byRun(values)));
        map.put("differences", settings);
        map.put("tests", tests);
        return map;
    }

    private Map<String, String> byRun(List<String> values) {
        Map<String, String> byRun = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            byRun.put(runs.get(i).name, values.get(i));
        }
        return byRun;
    }
}
