package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SoftmaxTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("rows", in -> Softmax.softmax(in[0]), random(3, 10)),
                check("one row", in -> Softmax.softmax(in[0]), random(1, 33)),
                check(
                        "channels of images",
                        in -> Softmax.softmax(in[0], 1),
                        random(2, 17, 3, 4).between(0.1, 3)),
                check(
                        "last of images",
                        in -> Softmax.softmax(in[0], -1),
                        random(2, 5, 3, 4).between(0.1, 3)),
                check(
                        "first of rank 3",
                        in -> Softmax.softmax(in[0], 0),
                        random(3, 4, 5).between(0.1, 3)),
                check(
                        "middle of rank 3",
                        in -> Softmax.softmax(in[0], 1),
                        random(3, 7, 4).between(0.1, 3)),
                check("last of 2", in -> Softmax.softmax(in[0], 1), random(4, 9).between(0.1, 3)),
                check(
                        "first of 2",
                        in -> Softmax.softmax(in[0], 0),
                        random(4, 9).between(0.1, 3)),
                check("vector", in -> Softmax.softmax(in[0], 0), random(7).between(0.1, 3)),
                check(
                        "a parameter",
                        in -> Softmax.softmax(in[0], -1),
                        random(4, 9).parameter()));
    }
}
