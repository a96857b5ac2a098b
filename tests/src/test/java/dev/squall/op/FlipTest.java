package dev.squall.op;

import static dev.squall.op.Flip.flip;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class FlipTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("width", in -> flip(in[0], -1), random(2, 5, 3, 4)),
                check("all", in -> flip(in[0]), random(2, 17, 3, 4)),
                check("rank 3", in -> flip(in[0], 0, 2), random(2, 3, 4)));
    }
}
