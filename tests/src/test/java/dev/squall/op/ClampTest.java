package dev.squall.op;

import static dev.squall.op.Input.distinct;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ClampTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> Clamp.clamp(in[0], -0.52f, 0.72f), distinct(2, 3, 3, 2)),
                check("without zero", in -> Clamp.clamp(in[0], 0.21f, 0.72f), distinct(2, 17, 1, 1)),
                check("one bound", in -> Clamp.clamp(in[0], Float.NEGATIVE_INFINITY, 0.33f), distinct(3, 7)),
                check("rank 5", in -> Clamp.clamp(in[0], -0.32f, Float.POSITIVE_INFINITY), distinct(2, 3, 1, 2, 2)));
    }
}
