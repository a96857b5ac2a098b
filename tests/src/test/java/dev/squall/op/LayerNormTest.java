package dev.squall.op;

import static dev.squall.op.Input.random;
import static dev.squall.op.LayerNorm.layerNorm;
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
class LayerNormTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(
                check(
                        "last",
                        in -> layerNorm(in[0], Shape.of(9), in[1], in[2], 1e-5f),
                        random(3, 5, 9).between(0.3, 2),
                        random(9).between(0.5, 1.5).parameter(),
                        random(9).parameter()),
                check(
                        "last three of images",
                        in -> layerNorm(in[0], Shape.of(17, 3, 4), in[1], in[2], 1e-5f),
                        random(2, 17, 3, 4).between(0.3, 2),
                        random(17, 3, 4).between(0.5, 1.5).parameter(),
                        random(17, 3, 4).parameter()),
                check(
                        "without weight and bias",
                        in -> layerNorm(in[0], Shape.of(5, 9), null, null, 1e-5f),
                        random(3, 5, 9).between(0.3, 2)),
                check(
                        "features",
                        in -> layerNorm(in[0], Shape.of(33), in[1], null, 1e-5f),
                        random(4, 33).between(0.3, 2),
                        random(33).between(0.5, 1.5).parameter()));
    }

    @TestFactory
    Stream<DynamicTest> badInput() {
        return Stream.of(rejects(
                "another shape",
                List.of("layerNorm", "[4]", "[3, 5]"),
                in -> layerNorm(in[0], Shape.of(4), null, null, 1e-5f),
                random(3, 5)));
    }
}
