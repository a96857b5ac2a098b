package dev.squall.op;

import static dev.squall.op.Add.add;
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
class AddTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> add(in[0], in[1]), random(2, 3, 5, 7), random(2, 3, 5, 7)),
                check("images 1x1", in -> add(in[0], in[1]), random(1, 17, 1, 1), random(1, 17, 1, 1)),
                check("features", in -> add(in[0], in[1]), random(3, 33), random(3, 33)),
                check("vectors", in -> add(in[0], in[1]), random(5), random(5)),
                check(
                        "only the first has a gradient",
                        in -> add(in[0], in[1]),
                        random(2, 5, 2, 2),
                        random(2, 5, 2, 2).constant()),
                check(
                        "only the second has a gradient",
                        in -> add(in[0], in[1]),
                        random(2, 5, 2, 2).constant(),
                        random(2, 5, 2, 2)),
                check("of a tensor with itself", in -> add(in[0], in[0]), random(2, 1, 7, 7)),
                rejects(
                        "different shapes",
                        List.of("add needs two tensors of one shape", "[2, 3]", "[3, 2]"),
                        in -> add(in[0], in[1]),
                        random(2, 3),
                        random(3, 2)));
    }
}
