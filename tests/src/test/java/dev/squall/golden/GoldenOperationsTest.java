package dev.squall.golden;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** All golden cases except whole networks: operations, losses, optimizers. */
@Tag("golden")
@Tag("opencl")
@Tag("fast")
class GoldenOperationsTest {
    @TestFactory
    Stream<DynamicContainer> everyCaseOnEveryBackend() {
        return GoldenSuite.operations();
    }
}
