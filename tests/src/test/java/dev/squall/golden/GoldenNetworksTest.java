package dev.squall.golden;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The golden cases that are whole networks. */
@Tag("golden")
@Tag("opencl")
class GoldenNetworksTest {
    @TestFactory
    Stream<DynamicContainer> everyNetworkOnEveryBackend() {
        return GoldenSuite.networks();
    }
}
