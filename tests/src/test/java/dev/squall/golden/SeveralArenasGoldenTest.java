package dev.squall.golden;

import dev.squall.tornado.Simulated;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** All golden cases of operations where activations lie in four arenas in turn, so that a kernel's operands are apart. */
@Tag("golden")
@Tag("sim")
@Tag("opencl")
class SeveralArenasGoldenTest {
    @TestFactory
    DynamicContainer everyCase() {
        return GoldenSuite.operations(Simulated.severalArenas(), "tornado in several arenas");
    }
}
