package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SoftplusTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "images 5x7",
                        in -> Softplus.softplus(in[0]),
                        random(2, 3, 5, 7).between(0.1, 4)),
                check(
                        "images 1x1",
                        in -> Softplus.softplus(in[0]),
                        random(2, 17, 1, 1).between(0.1, 4)),
                check("features", in -> Softplus.softplus(in[0]), random(3, 33).between(0.1, 4)),
                check(
                        "rank 6",
                        in -> Softplus.softplus(in[0]),
                        random(2, 1, 3, 2, 1, 2).between(0.1, 4)),
                check("scalar", in -> Softplus.softplus(in[0]), random(1).between(0.1, 4)),
                check(
                        "a parameter of rank 4",
                        in -> Softplus.softplus(in[0]),
                        random(2, 3, 2, 2).between(0.1, 4).parameter()));
    }
}
