package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.LeakyRelu.leakyRelu;
import static dev.squall.op.LeakyRelu.leakyReluInPlace;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class LeakyReluTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> leakyRelu(in[0], 0.01f), random(2, 3, 5, 7)),
                check("images 1x1", in -> leakyRelu(in[0], 0.01f), random(2, 17, 1, 1)),
                check("features", in -> leakyRelu(in[0], 0.01f), random(3, 33)),
                check(
                        "large values",
                        in -> leakyRelu(in[0], 0.01f),
                        random(2, 5, 2, 2).between(4, 8)),
                check("in place", in -> leakyReluInPlace(in[0], 0.01f), random(2, 5, 7, 7)),
                check("slope 0", in -> leakyRelu(in[0], 0f), random(2, 3, 5, 7)),
                rejects(
                        "a negative slope",
                        List.of("slope of at least 0", "-1"),
                        in -> leakyRelu(in[0], -1f),
                        random(3)));
    }
}
