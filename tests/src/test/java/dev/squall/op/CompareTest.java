package dev.squall.op;

import static dev.squall.op.Compare.equal;
import static dev.squall.op.Compare.greater;
import static dev.squall.op.Compare.greaterEqual;
import static dev.squall.op.Compare.less;
import static dev.squall.op.Compare.lessEqual;
import static dev.squall.op.Compare.notEqual;
import static dev.squall.op.Input.distinct;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class CompareTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "equal",
                        in -> equal(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "notEqual",
                        in -> notEqual(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "less",
                        in -> less(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "lessEqual",
                        in -> lessEqual(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "greater",
                        in -> greater(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "greaterEqual",
                        in -> greaterEqual(in[0], in[1]),
                        distinct(2, 5, 3, 2).constant(),
                        distinct(5, 1, 1).constant()),
                check(
                        "equal a number",
                        in -> equal(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()),
                check(
                        "notEqual a number",
                        in -> notEqual(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()),
                check(
                        "less a number",
                        in -> less(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()),
                check(
                        "lessEqual a number",
                        in -> lessEqual(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()),
                check(
                        "greater a number",
                        in -> greater(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()),
                check(
                        "greaterEqual a number",
                        in -> greaterEqual(in[0], 0.1f),
                        distinct(2, 5, 3, 2).constant()));
    }
}
