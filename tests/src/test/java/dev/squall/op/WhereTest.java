package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Where.where;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class WhereTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "one shape",
                        in -> where(Compare.greater(in[0], 0f), in[1], in[2]),
                        random(2, 17, 3, 4).constant(),
                        random(2, 17, 3, 4),
                        random(2, 17, 3, 4)),
                check(
                        "broadcast",
                        in -> where(Compare.greater(in[0], 0f), in[1], in[2]),
                        random(3, 4).constant(),
                        random(2, 5, 3, 4),
                        random(5, 1, 1)),
                check(
                        "broadcast condition and both",
                        in -> where(Compare.greater(in[0], 0f), in[1], in[2]),
                        random(2, 3, 4).constant(),
                        random(3, 1),
                        random(1).parameter()));
    }
}
