package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class LogTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "images 5x7",
                        in -> Log.log(in[0]),
                        random(2, 3, 5, 7).between(0.5, 2).positive()),
                check(
                        "images 1x1",
                        in -> Log.log(in[0]),
                        random(2, 17, 1, 1).between(0.5, 2).positive()),
                check(
                        "features",
                        in -> Log.log(in[0]),
                        random(3, 33).between(0.5, 2).positive()),
                check(
                        "rank 6",
                        in -> Log.log(in[0]),
                        random(2, 1, 3, 2, 1, 2).between(0.5, 2).positive()),
                check("scalar", in -> Log.log(in[0]), random(1).between(0.5, 2).positive()),
                check(
                        "a parameter of rank 4",
                        in -> Log.log(in[0]),
                        random(2, 3, 2, 2).between(0.5, 2).positive().parameter()));
    }
}
