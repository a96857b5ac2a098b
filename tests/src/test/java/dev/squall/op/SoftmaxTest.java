package dev.squall.op;

import static dev.squall.op.Input.between;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Softmax.softmax;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class SoftmaxTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("3 rows of 17", in -> softmax(in[0]), random(3, 17)),
                check("a row of 33", in -> softmax(in[0]), random(1, 33)),
                check("one class", in -> softmax(in[0]), random(5, 1)),
                check("large logits", in -> softmax(in[0]), between(5, 90, 4, 5)),
                rejects("images", List.of("softmax needs features [N, C]"), in -> softmax(in[0]), random(1, 3, 2, 2)));
    }
}
