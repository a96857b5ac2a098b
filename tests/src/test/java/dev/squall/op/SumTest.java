package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Sum.sum;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SumTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images", in -> sum(in[0]), random(2, 17, 5, 7)),
                check("one pixel", in -> sum(in[0]), random(1, 33, 1, 1)),
                check("features", in -> sum(in[0]), random(3, 5)),
                check("a vector", in -> sum(in[0]), random(33)),
                check("a parameter", in -> sum(in[0]), random(3, 5, 3, 3).parameter()));
    }
}
