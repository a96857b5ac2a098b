package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ExpTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> Exp.exp(in[0]), random(2, 3, 5, 7).between(0.3, 2)),
                check("images 1x1", in -> Exp.exp(in[0]), random(2, 17, 1, 1).between(0.3, 2)),
                check("features", in -> Exp.exp(in[0]), random(3, 33).between(0.3, 2)),
                check("rank 6", in -> Exp.exp(in[0]), random(2, 1, 3, 2, 1, 2).between(0.3, 2)),
                check("scalar", in -> Exp.exp(in[0]), random(1).between(0.3, 2)),
                check(
                        "a parameter of rank 4",
                        in -> Exp.exp(in[0]),
                        random(2, 3, 2, 2).between(0.3, 2).parameter()));
    }
}
