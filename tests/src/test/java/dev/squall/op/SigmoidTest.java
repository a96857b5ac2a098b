package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.Sigmoid.sigmoid;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SigmoidTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images 5x7", in -> sigmoid(in[0]), random(2, 3, 5, 7)),
                check("images 1x1", in -> sigmoid(in[0]), random(2, 17, 1, 1)),
                check("features", in -> sigmoid(in[0]), random(3, 33)),
                check("large values", in -> sigmoid(in[0]), random(2, 5, 2, 2).between(4, 8)));
    }
}
