package dev.squall.op;

import static dev.squall.op.Input.distinct;
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
class MaxTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("all of images", in -> Max.max(in[0]), distinct(2, 3, 5, 7)),
                check(
                        "all of rank 3, a parameter",
                        in -> Max.max(in[0]),
                        distinct(3, 2, 4).parameter()),
                check("planes kept", in -> Max.max(in[0], true, 2, 3), distinct(2, 17, 3, 4)),
                check("planes", in -> Max.max(in[0], false, -1, -2), distinct(2, 17, 3, 4)),
                check("channels", in -> Max.max(in[0], false, 1), distinct(2, 5, 3, 4)),
                check("batch and planes", in -> Max.max(in[0], false, 0, 2, 3), distinct(3, 5, 2, 4)),
                check("batch and planes kept", in -> Max.max(in[0], true, 0, 2, 3), distinct(3, 5, 2, 4)),
                check("first and last of 3", in -> Max.max(in[0], false, 0, 2), distinct(3, 7, 5)),
                check("middle of 3", in -> Max.max(in[0], true, 1), distinct(3, 7, 5)),
                check("rows", in -> Max.max(in[0], false, -1), distinct(3, 33)),
                check("columns", in -> Max.max(in[0], false, 0), distinct(3, 33)),
                check("rank 6", in -> Max.max(in[0], false, 1, 4), distinct(2, 3, 1, 2, 2, 3)),
                check("nothing named", in -> Max.max(in[0], true), distinct(2, 3, 4)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects("a dimension beyond", List.of("max", "2"), in -> Max.max(in[0], false, 2), random(2, 3)),
                rejects("a dimension twice", List.of("max", "once"), in -> Max.max(in[0], false, 1, -1), random(2, 3)));
    }
}
