package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import java.util.Map;

/** Runs a case, whatever its kind. */
final class GoldenRunner {
    private GoldenRunner() {}

    /** Runs {@code c} on {@code backend} and fails if a result is missing or wrong, or if nothing is known about such cases. */
    static void run(Backend backend, GoldenCase c) {
        OperationCases.Operation operation = OperationCases.ALL.get(c.op());
        if (operation != null) {
            OperationCases.check(operation, backend, c);
            return;
        }
        throw new AssertionError("the suite knows no operation '" + c.op() + "', which cases.json lists");
    }

    /** Compares everything that the case lists as an output. */
    static void check(GoldenCase c, Map<String, float[]> results) {
        Map<String, Expectation> outputs = c.outputs();
        assertThat(outputs).as("outputs listed by %s", c).isNotEmpty();
        assertThat(results.keySet()).as("results of %s", c).containsAll(outputs.keySet());
        outputs.forEach((name, expected) -> expected.check(name, results.get(name)));
    }
}
