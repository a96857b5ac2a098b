package dev.squall.op;

import static dev.squall.op.Input.between;
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
class DivideTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "one shape",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 3, 5, 7),
                        between(0.6, 1.5, 2, 3, 5, 7)),
                check(
                        "per channel",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 17, 3, 4),
                        between(0.6, 1.5, 17, 1, 1)),
                check(
                        "per image and channel",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 17, 3, 4),
                        between(0.6, 1.5, 2, 17, 1, 1)),
                check("scalar", in -> Divide.divide(in[0], in[1]), between(0.6, 1.5, 2, 5, 3, 4), between(0.6, 1.5, 1)),
                check("rows", in -> Divide.divide(in[0], in[1]), between(0.6, 1.5, 3, 4, 5), between(0.6, 1.5, 4, 1)),
                check("both", in -> Divide.divide(in[0], in[1]), between(0.6, 1.5, 3, 1, 5), between(0.6, 1.5, 4, 1)),
                check(
                        "rank 6",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 3, 1, 2, 1, 2),
                        between(0.6, 1.5, 3, 2, 1, 3, 1)),
                check(
                        "images with a plane",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 5, 3, 4),
                        between(0.6, 1.5, 3, 4)),
                check(
                        "features with a bias",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 3, 33),
                        between(0.6, 1.5, 33)),
                check(
                        "small on the left",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 17, 1, 1).parameter(),
                        between(0.6, 1.5, 2, 17, 3, 4)),
                check(
                        "a parameter of rank 4",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 5, 3, 2),
                        between(0.6, 1.5, 2, 5, 3, 2).parameter()),
                check(
                        "two parameters of rank 4",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 5, 3, 2).parameter(),
                        between(0.6, 1.5, 1, 5, 1, 2).parameter()),
                check(
                        "one without a gradient",
                        in -> Divide.divide(in[0], in[1]),
                        between(0.6, 1.5, 2, 5, 3, 2).constant(),
                        between(0.6, 1.5, 5, 1, 1)),
                check("by a number", in -> Divide.divide(in[0], 2.5f), random(2, 5, 3, 4)),
                check("of a number", in -> Divide.divide(2.5f, in[0]), between(0.6, 1.5, 2, 5, 3, 4)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "shapes that do not fit",
                List.of("divide", "[2, 3]", "[2, 4]"),
                in -> Divide.divide(in[0], in[1]),
                random(2, 3),
                random(2, 4)));
    }
}
