package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Scale.scale;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ScaleTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("by 2.5", in -> scale(2.5f, in[0]), random(2, 3, 5, 7)),
                check("by -1", in -> scale(-1f, in[0]), random(1, 33, 1, 1)),
                check("by 0", in -> scale(0f, in[0]), random(5)));
    }
}
