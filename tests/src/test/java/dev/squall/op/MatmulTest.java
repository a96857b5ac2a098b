package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.Matmul.batchedMatmul;
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
                check("a b", in -> matmul(in[0], false, in[1], false), random(3, 5), random(5, 7)),
                check("a^T b", in -> matmul(in[0], true, in[1], false), random(5, 3), random(5, 7)),
                check("a b^T", in -> matmul(in[0], false, in[1], true), random(3, 5), random(7, 5)),
                check("a^T b^T", in -> matmul(in[0], true, in[1], true), random(5, 3), random(7, 5)),
                check(
                        "with a parameter",
                        in -> matmul(in[0], false, in[1], false),
                        random(17, 33),
                        random(33, 16).parameter()),
                check("batched a b", in -> batchedMatmul(in[0], false, in[1], false), random(3, 4, 6), random(3, 6, 5)),
                check(
                        "batched a^T b",
                        in -> batchedMatmul(in[0], true, in[1], false),
                        random(3, 6, 4),
                        random(3, 6, 5)),
                check(
                        "batched a b^T",
                        in -> batchedMatmul(in[0], false, in[1], true),
                        random(3, 4, 6),
                        random(3, 5, 6)),
                check(
                        "batched a^T b^T",
                        in -> batchedMatmul(in[0], true, in[1], true),
                        random(3, 6, 4),
                        random(3, 5, 6)),
                check("matrices", in -> matmul(in[0], in[1]), random(5, 7), random(7, 4)),
                check("batch and matrix", in -> matmul(in[0], in[1]), random(3, 4, 6), random(6, 5)),
                check("matrix and batch", in -> matmul(in[0], in[1]), random(4, 6), random(3, 6, 5)),
                check("rank 4", in -> matmul(in[0], in[1]), random(2, 3, 4, 6), random(2, 3, 6, 5)),
                check("rank 4, broadcast", in -> matmul(in[0], in[1]), random(2, 1, 4, 6), random(3, 6, 5)),
                check("rank 5 and parameter", in -> matmul(in[0], in[1]), random(2, 1, 2, 4, 3), random(3, 2)),
                check("vectors", in -> matmul(in[0], in[1]), random(5), random(5)),
                check("vector and matrix", in -> matmul(in[0], in[1]), random(5), random(5, 3)),
                check("matrix and vector", in -> matmul(in[0], in[1]), random(3, 5), random(5)),
                check("vector and batch", in -> matmul(in[0], in[1]), random(5), random(2, 5, 3)),
                check("batch and vector", in -> matmul(in[0], in[1]), random(2, 3, 5), random(5)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects(
                        "sizes that do not fit",
                        List.of("matmul", "[3, 5]", "[6, 7]"),
                        in -> matmul(in[0], false, in[1], false),
                        random(3, 5),
                        random(6, 7)),
                rejects(
                        "batches that do not fit",
                        List.of("matmul", "[2, 3, 5]", "[3, 5, 7]"),
                        in -> matmul(in[0], in[1]),
                        random(2, 3, 5),
                        random(3, 5, 7)));
    }
}
