package dev.squall.op;

import static dev.squall.op.Expand.expand;
import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;

import dev.squall.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ExpandTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("channels", in -> expand(in[0], Shape.of(2, 17, 3, 4)), random(17, 1, 1)),
                check("new dimension", in -> expand(in[0], Shape.of(5, 2, 3)), random(2, 3)),
                check("inside", in -> expand(in[0], Shape.of(3, 4, 5)), random(3, 1, 5)),
                check("images", in -> expand(in[0], Shape.of(2, 5, 3, 4)), random(2, 5, 1, 4)),
                check("nothing", in -> expand(in[0], Shape.of(2, 5)), random(2, 5)));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "a dimension that differs",
                List.of("expand", "[2, 4]", "[2, 3]"),
                in -> expand(in[0], Shape.of(2, 4)),
                random(2, 3)));
    }
}
