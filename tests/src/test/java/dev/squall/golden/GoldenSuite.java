package dev.squall.golden;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** The tests of the configured directory: a container for each backend, a test for each case. */
final class GoldenSuite {
    private GoldenSuite() {}

    static boolean isNetwork(String op) {
        return op.startsWith("tresnet");
    }

    static Stream<DynamicContainer> tests(Predicate<String> op) {
        List<GoldenCase> cases = GoldenDirectory.configured().cases(op);
        return BackendUnderTest.ALL.stream()
                .map(row -> DynamicContainer.dynamicContainer(
                        row.toString(),
                        cases.stream()
                                .map(c -> DynamicTest.dynamicTest(
                                        row + ": " + c, () -> GoldenRunner.run(row.open(), c)))));
    }
}
