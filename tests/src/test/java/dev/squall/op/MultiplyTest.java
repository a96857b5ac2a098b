package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class MultiplyTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("one shape", in -> Multiply.multiply(in[0], in[1]), random(2, 3, 5, 7), random(2, 3, 5, 7)),
                check("per channel", in -> Multiply.multiply(in[0], in[1]), random(2, 17, 3, 4), random(17, 1, 1)),
                check(
                        "per image and channel",
                        in -> Multiply.multiply(in[0], in[1]),
                        random(2, 17, 3, 4),
                        random(2, 17, 1, 1)),
                check("scalar", in -> Multiply.multiply(in[0], in[1]), random(2, 5, 3, 4), random(1)),
                check("rows", in -> Multiply.multiply(in[0], in[1]), random(3, 4, 5), random(4, 1)),
                check("both", in -> Multiply.multiply(in[0], in[1]), random(3, 1, 5), random(4, 1)),
                check("rank 6", in -> Multiply.multiply(in[0], in[1]), random(2, 3, 1, 2, 1, 2), random(3, 2, 1, 3, 1)),
                check("images with a plane", in -> Multiply.multiply(in[0], in[1]), random(2, 5, 3, 4), random(3, 4)),
                check("features with a bias", in -> Multiply.multiply(in[0], in[1]), random(3, 33), random(33)),
                check(
                        "small on the left",
                        in -> Multiply.multiply(in[0], in[1]),
                        random(17, 1, 1).parameter(),
                        random(2, 17, 3, 4)),
                check(
                        "a parameter of rank 4",
                        in -> Multiply.multiply(in[0], in[1]),
                        random(2, 5, 3, 2),
                        random(2, 5, 3, 2).parameter()),
                check(
                        "two parameters of rank 4",
                        in -> Multiply.multiply(in[0], in[1]),
                        random(2, 5, 3, 2).parameter(),
                        random(1, 5, 1, 2).parameter()),
                check(
                        "one without a gradient",
                        in -> Multiply.multiply(in[0], in[1]),
                        random(2, 5, 3, 2).constant(),
                        random(5, 1, 1)),
                check("a number", in -> Multiply.multiply(in[0], 2.5f), random(2, 5, 3, 4)),
                check("itself", in -> Multiply.multiply(in[0], in[0]), random(2, 5, 3, 4)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "shapes that do not fit",
                List.of("multiply", "[2, 3]", "[2, 4]"),
                in -> Multiply.multiply(in[0], in[1]),
                random(2, 3),
                random(2, 4)));
    }
}
