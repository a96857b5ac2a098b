package dev.squall.op;

import static dev.squall.op.Input.distinct;
import static dev.squall.op.OpTest.check;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ArgMaxTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "channels",
                        in -> ArgMax.argMax(in[0], 1, false),
                        distinct(2, 17, 3, 4).constant()),
                check(
                        "channels kept",
                        in -> ArgMax.argMin(in[0], 1, true),
                        distinct(2, 17, 3, 4).constant()),
                check(
                        "rows",
                        in -> ArgMax.argMax(in[0], -1, false),
                        distinct(3, 33).constant()));
    }
}
