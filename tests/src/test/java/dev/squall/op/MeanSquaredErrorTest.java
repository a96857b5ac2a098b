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
class MeanSquaredErrorTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("features", in -> MeanSquaredError.meanSquaredError(in[0], in[1]), random(3, 33), random(3, 33)),
                check(
                        "images",
                        in -> MeanSquaredError.meanSquaredError(in[0], in[1]),
                        random(2, 5, 3, 4),
                        random(2, 5, 3, 4).constant()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "other shapes",
                List.of("meanSquaredError", "[2, 3]", "[3, 2]"),
                in -> MeanSquaredError.meanSquaredError(in[0], in[1]),
                random(2, 3),
                random(3, 2)));
    }
}
