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
class LogSumExpTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("planes kept", in -> LogSumExp.logSumExp(in[0], true, 2, 3), random(2, 17, 3, 4)),
                check("planes", in -> LogSumExp.logSumExp(in[0], false, -1, -2), random(2, 17, 3, 4)),
                check("channels", in -> LogSumExp.logSumExp(in[0], false, 1), random(2, 5, 3, 4)),
                check("batch and planes", in -> LogSumExp.logSumExp(in[0], false, 0, 2, 3), random(3, 5, 2, 4)),
                check("batch and planes kept", in -> LogSumExp.logSumExp(in[0], true, 0, 2, 3), random(3, 5, 2, 4)),
                check("first and last of 3", in -> LogSumExp.logSumExp(in[0], false, 0, 2), random(3, 7, 5)),
                check("middle of 3", in -> LogSumExp.logSumExp(in[0], true, 1), random(3, 7, 5)),
                check("rows", in -> LogSumExp.logSumExp(in[0], false, -1), random(3, 33)),
                check("columns", in -> LogSumExp.logSumExp(in[0], false, 0), random(3, 33)),
                check("rank 6", in -> LogSumExp.logSumExp(in[0], false, 1, 4), random(2, 3, 1, 2, 2, 3)),
                check("nothing named", in -> LogSumExp.logSumExp(in[0], true), random(2, 3, 4)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(
                rejects(
                        "a dimension beyond",
                        List.of("logSumExp", "2"),
                        in -> LogSumExp.logSumExp(in[0], false, 2),
                        random(2, 3)),
                rejects(
                        "a dimension twice",
                        List.of("logSumExp", "once"),
                        in -> LogSumExp.logSumExp(in[0], false, 1, -1),
                        random(2, 3)));
    }
}
