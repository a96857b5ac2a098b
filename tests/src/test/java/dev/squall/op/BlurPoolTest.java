package dev.squall.op;

import static dev.squall.op.BlurPool.blurPool;
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
class BlurPoolTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("2x2", in -> blurPool(in[0]), random(2, 3, 2, 2)),
                check("5x7", in -> blurPool(in[0]), random(2, 5, 5, 7)),
                check("7x7", in -> blurPool(in[0]), random(1, 17, 7, 7)),
                check("8x6", in -> blurPool(in[0]), random(1, 33, 8, 6)),
                check("2x7", in -> blurPool(in[0]), random(2, 1, 2, 7)),
                check("3x2", in -> blurPool(in[0]), random(1, 3, 3, 2)),
                rejects(
                        "one row, which has no reflection",
                        List.of("blurPool needs images of at least 2x2 pixels", "[2, 3, 1, 7]"),
                        in -> blurPool(in[0]),
                        random(2, 3, 1, 7)));
    }
}
