package dev.squall.op;

import static dev.squall.op.Input.distinct;
import static dev.squall.op.Maximum.maximum;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class MaximumTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "one shape",
                        in -> maximum(in[0], Add.add(in[1], 0.02f)),
                        distinct(2, 5, 3, 4),
                        distinct(2, 5, 3, 4)),
                check(
                        "broadcast",
                        in -> maximum(in[0], Add.add(in[1], 0.02f)),
                        distinct(2, 5, 3, 4),
                        distinct(5, 1, 1)),
                check(
                        "broadcast on the left",
                        in -> maximum(in[0], Add.add(in[1], 0.02f)),
                        distinct(4).parameter(),
                        distinct(2, 3, 4)));
    }
}
