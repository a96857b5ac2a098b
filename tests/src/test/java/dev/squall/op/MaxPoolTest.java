package dev.squall.op;

import static dev.squall.backend.PoolGeometry.square;
import static dev.squall.op.Input.distinct;
import static dev.squall.op.Input.random;
import static dev.squall.op.MaxPool.maxPool;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.backend.PoolGeometry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class MaxPoolTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("2x2 with stride 2", in -> maxPool(in[0], square(2, 2, 0)), distinct(2, 3, 6, 4)),
                check("2x2 with stride 2, leaving a rest", in -> maxPool(in[0], square(2, 2, 0)), distinct(2, 5, 5, 7)),
                check(
                        "2x2 with stride 2 in ceil mode",
                        in -> maxPool(in[0], square(2, 2, 0).ceil()),
                        distinct(2, 17, 5, 7)),
                check(
                        "ceil mode on one pixel",
                        in -> maxPool(in[0], square(1, 2, 0).ceil()),
                        distinct(2, 3, 1, 1)),
                check("3x3 with stride 2, padded", in -> maxPool(in[0], square(3, 2, 1)), distinct(2, 3, 7, 7)),
                check(
                        "3x3 with stride 2, padded, in ceil mode",
                        in -> maxPool(in[0], square(3, 2, 1).ceil()),
                        distinct(1, 33, 5, 6)),
                check("3x3 overlapping", in -> maxPool(in[0], square(3, 1, 1)), distinct(2, 1, 5, 7)),
                check(
                        "rectangular",
                        in -> maxPool(in[0], new PoolGeometry(2, 3, 1, 2, 0, 1, false, false)),
                        distinct(1, 5, 5, 7)),
                rejects(
                        "a window larger than the image",
                        List.of("maxPool needs images at least as large as the window of 3x3"),
                        in -> maxPool(in[0], square(3, 1, 0)),
                        random(1, 3, 2, 5)));
    }
}
