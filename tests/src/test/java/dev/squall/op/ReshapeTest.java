package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.OpTest.check;
import static dev.squall.op.OpTest.rejects;
import static dev.squall.op.Reshape.flatten;
import static dev.squall.op.Reshape.reshape;

import dev.squall.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("fast")
@Tag("opencl")
class ReshapeTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check("images to features", in -> reshape(in[0], Shape.of(2, 105)), random(2, 3, 5, 7)),
                check("images to other images", in -> reshape(in[0], Shape.of(3, 17, 2, 4)), random(2, 17, 2, 6)),
                check("features to images", in -> reshape(in[0], Shape.of(2, 33, 1, 1)), random(2, 33)),
                check("to a vector", in -> reshape(in[0], Shape.of(60)), random(2, 3, 5, 2)),
                check("flattened", in -> flatten(in[0]), random(2, 17, 2, 2)),
                rejects(
                        "another number of elements",
                        List.of("reshape needs as many elements as [2, 5] has, 10", "[2, 3, 5, 7]"),
                        in -> reshape(in[0], Shape.of(2, 5)),
                        random(2, 3, 5, 7)));
    }
}
