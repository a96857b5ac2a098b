package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Stack.stack;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class StackTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("in front", in -> stack(List.of(in), 0), random(2, 3), random(2, 3), random(2, 3)),
                check("to images", in -> stack(List.of(in), 1), random(2, 3, 4), random(2, 3, 4)),
                check("behind", in -> stack(List.of(in), -1), random(2, 5, 3, 4), random(2, 5, 3, 4)),
                check("one twice", in -> stack(List.of(in[0], in[0]), 1), random(2, 3)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "other shapes",
                List.of("stack", "[2, 3]", "[3, 2]"),
                in -> stack(List.of(in), 0),
                random(2, 3),
                random(3, 2)));
    }
}
