package dev.squall.golden;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
import dev.squall.tornado.RealDevice;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** The tests of all golden data: a container for each backend and mode, a test for each case. */
final class GoldenSuite {
    private GoldenSuite() {}

    private static boolean isNetwork(String op) {
        return op.startsWith("tresnet") || op.equals("network_full");
    }

    private static Stream<Backend> backends(List<Backend> others) {
        if (RealDevice.isPresent()) {
            // The other run, without the device, has tested the reference.
            return others.stream();
        }
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), others.stream());
    }

    static Stream<DynamicContainer> operations() {
        return tests(op -> !isNetwork(op), BackendsUnderTest.others());
    }

    /** Those of operations for a backend that is not among all. */
    static DynamicContainer operations(Backend backend, String name) {
        return tests(backend, name, Accuracy.ACCURATE, cases(op -> !isNetwork(op)));
    }

    static Stream<DynamicContainer> networks() {
        return tests(GoldenSuite::isNetwork, BackendsUnderTest.forNetworks());
    }

    private static Stream<DynamicContainer> tests(Predicate<String> op, List<Backend> others) {
        List<GoldenCase> cases = cases(op);
        return Stream.concat(
                backends(others).map(backend -> tests(backend, backend.name(), Accuracy.ACCURATE, cases)),
                BackendsUnderTest.fast().stream()
                        .map(backend -> tests(backend, backend.name() + " fast", Accuracy.FAST, cases)));
    }

    private static List<GoldenCase> cases(Predicate<String> op) {
        return GoldenDirectory.all().stream()
                .flatMap(directory -> directory.cases(op).stream())
                .toList();
    }

    private static DynamicContainer tests(Backend backend, String name, Accuracy accuracy, List<GoldenCase> cases) {
        return DynamicContainer.dynamicContainer(
                name,
                cases.stream()
                        .map(c -> DynamicTest.dynamicTest(
                                name + ": " + c, () -> GoldenRunner.run(backend, accuracy, c))));
    }
}
