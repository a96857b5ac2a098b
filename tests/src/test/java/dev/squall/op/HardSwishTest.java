package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class HardSwishTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> HardSwish.hardSwish(in[0]), random(2, 3, 5, 7)),
                check("images 1x1", in -> HardSwish.hardSwish(in[0]), random(2, 17, 1, 1)),
                check("features", in -> HardSwish.hardSwish(in[0]), random(3, 33)),
                check(
                        "rank 3, a parameter",
                        in -> HardSwish.hardSwish(in[0]),
                        random(3, 5, 7).parameter()),
                check(
                        "inside",
                        in -> HardSwish.hardSwish(in[0]),
                        random(2, 5, 3, 2).between(2, 2.9)),
                check(
                        "beyond",
                        in -> HardSwish.hardSwish(in[0]),
                        random(2, 5, 3, 2).between(3.1, 5)));
    }
}
