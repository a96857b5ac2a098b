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
class DivideTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "one shape",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 3, 5, 7).between(0.6, 1.5),
                        random(2, 3, 5, 7).between(0.6, 1.5)),
                check(
                        "per channel",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 17, 3, 4).between(0.6, 1.5),
                        random(17, 1, 1).between(0.6, 1.5)),
                check(
                        "per image and channel",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 17, 3, 4).between(0.6, 1.5),
                        random(2, 17, 1, 1).between(0.6, 1.5)),
                check(
                        "scalar",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 5, 3, 4).between(0.6, 1.5),
                        random(1).between(0.6, 1.5)),
                check(
                        "rows",
                        in -> Divide.divide(in[0], in[1]),
                        random(3, 4, 5).between(0.6, 1.5),
                        random(4, 1).between(0.6, 1.5)),
                check(
                        "both",
                        in -> Divide.divide(in[0], in[1]),
                        random(3, 1, 5).between(0.6, 1.5),
                        random(4, 1).between(0.6, 1.5)),
                check(
                        "rank 6",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 3, 1, 2, 1, 2).between(0.6, 1.5),
                        random(3, 2, 1, 3, 1).between(0.6, 1.5)),
                check(
                        "images with a plane",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 5, 3, 4).between(0.6, 1.5),
                        random(3, 4).between(0.6, 1.5)),
                check(
                        "features with a bias",
                        in -> Divide.divide(in[0], in[1]),
                        random(3, 33).between(0.6, 1.5),
                        random(33).between(0.6, 1.5)),
                check(
                        "small on the left",
                        in -> Divide.divide(in[0], in[1]),
                        random(17, 1, 1).between(0.6, 1.5).parameter(),
                        random(2, 17, 3, 4).between(0.6, 1.5)),
                check(
                        "a parameter of rank 4",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 5, 3, 2).between(0.6, 1.5),
                        random(2, 5, 3, 2).between(0.6, 1.5).parameter()),
                check(
                        "two parameters of rank 4",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 5, 3, 2).between(0.6, 1.5).parameter(),
                        random(1, 5, 1, 2).between(0.6, 1.5).parameter()),
                check(
                        "one without a gradient",
                        in -> Divide.divide(in[0], in[1]),
                        random(2, 5, 3, 2).between(0.6, 1.5).constant(),
                        random(5, 1, 1).between(0.6, 1.5)),
                check("by a number", in -> Divide.divide(in[0], 2.5f), random(2, 5, 3, 4)),
                check(
                        "of a number",
                        in -> Divide.divide(2.5f, in[0]),
                        random(2, 5, 3, 4).between(0.6, 1.5)));
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
