package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.Probes;
import dev.squall.backend.Backend;
import java.util.HashMap;
import java.util.Map;

/** Runs a case, whatever its kind. */
final class GoldenRunner {
    private GoldenRunner() {}

    /** Runs a case on a backend and fails if a result is missing or wrong. */
    @FunctionalInterface
    interface Check {
        void run(Backend backend, Accuracy accuracy, GoldenCase c);
    }

    private static final Map<String, Check> CHECKS = checks();

    private static Map<String, Check> checks() {
        Map<String, Check> checks = new HashMap<>();
        OperationCases.ALL.forEach((op, operation) -> checks.put(op, outputsOf(operation)));
        GeneralCases.ALL.forEach((op, operation) -> checks.put(op, outputsOf(operation)));
        OptimizerCases.ALL.forEach((op, operation) -> checks.put(op, outputsOf(operation)));
        checks.put("tresnet_tiny", TinyNetworkCase::check);
        checks.put("tresnet_full", FullNetworkCase::check);
        checks.put("network_full", FullNetworkCase::check);
        return checks;
    }

    /** Runs {@code c} on {@code backend}; fails also if nothing is known about such cases. */
    static void run(Backend backend, Accuracy accuracy, GoldenCase c) {
        Check check = CHECKS.get(c.op());
        if (check == null) {
            throw new AssertionError("the suite knows no operation '" + c.op() + "', which cases.json lists");
        }
        check.run(backend, accuracy, c);
    }

    /** Compares everything that the case lists as an output. */
    private static Check outputsOf(OperationCases.Operation operation) {
        return (backend, accuracy, c) -> {
            Map<String, Expectation> outputs = c.outputs();
            assertThat(outputs).as("outputs listed by %s", c).isNotEmpty();
            try (Probes.Probing _ = Probes.on(backend);
                    Operands operands = new Operands(backend, c)) {
                Map<String, float[]> results = operation.run(operands, c.attrs());
                assertThat(results.keySet()).as("results of %s", c).containsAll(outputs.keySet());
                outputs.forEach((name, expected) -> expected.in(accuracy).check(name, results.get(name)));
            }
        };
    }
}
