package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.Matmul.matmul;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class MatmulTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("3x5 by 5x7", in -> matmul(in[0], in[1]), random(3, 5), random(5, 7)),
                check("transposed a", in -> matmul(in[0], true, in[1], false), random(5, 3), random(5, 7)),
                check("transposed b", in -> matmul(in[0], false, in[1], true), random(3, 5), random(7, 5)),
                check("both transposed", in -> matmul(in[0], true, in[1], true), random(5, 3), random(7, 5)),
                check("17x33 by 33x17", in -> matmul(in[0], in[1]), random(17, 33), random(33, 17)),
                check("a row by a column", in -> matmul(in[0], in[1]), random(1, 33), random(33, 1)),
                check(
                        "only a has a gradient",
                        in -> matmul(in[0], in[1]),
                        random(3, 5),
                        random(5, 2).constant()),
                check(
                        "only b has a gradient",
                        in -> matmul(in[0], in[1]),
                        random(3, 5).constant(),
                        random(5, 2)),
                rejects(
                        "inner sizes that differ",
                        List.of("matmul needs as many columns of a as rows of b", "[3, 5] and [3, 5]"),
                        in -> matmul(in[0], in[1]),
                        random(3, 5),
                        random(3, 5)),
                rejects(
                        "a vector",
                        List.of("matmul needs two matrices"),
                        in -> matmul(in[0], in[1]),
                        random(3, 5),
                        random(5)));
    }
}
