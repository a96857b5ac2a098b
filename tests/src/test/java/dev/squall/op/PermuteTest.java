package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Permute.permute;
import static dev.squall.op.Permute.transpose;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class PermuteTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("NCHW to NHWC", in -> permute(in[0], 0, 2, 3, 1), random(2, 17, 3, 4)),
                check("NHWC to NCHW", in -> permute(in[0], 0, 3, 1, 2), random(2, 3, 4, 17)),
                check("rank 5", in -> permute(in[0], 3, 1, -1, 0, 2), random(2, 3, 2, 4, 3)),
                check("matrix", in -> transpose(in[0], 0, 1), random(5, 7)),
                check("last two", in -> transpose(in[0], -1, -2), random(2, 5, 3, 4)),
                check(
                        "a parameter",
                        in -> transpose(in[0], 0, 1),
                        random(4, 3, 2, 2).parameter()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects("a dimension missing", List.of("permute", "once"), in -> permute(in[0], 0, 0), random(2, 3)));
    }
}
